"""Every node rebooted or dead at once: on a cluster of three masters and two slaves with all services and an app."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.workspace import RANGES, ProjectCopy
from sandbox.home import Home
from tests.e2e.conftest import need_hosts
from tests.e2e.faults.conftest import Recorder
from tests.e2e.faults.killing import in_cloud, in_state
from tests.e2e.faults.outside import requests, until_all_pass
from tests.e2e.services.seen import let_in
from tests.e2e.services.witness import Witness, until_none

pytestmark = pytest.mark.long
RETURN = 600.0
"""Seconds in which a cluster whose nodes have all booted again has to answer every request."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    project = ProjectCopy.create(tmp_path_factory.mktemp("power"), config={"masterCount": 3})
    need_hosts(Home(project.folder), RANGES)
    try:
        project.make("up")
        let_in(project)
        yield project
    finally:
        project.make("clean")


@pytest.fixture(scope="module")
def app(cluster: ProjectCopy) -> Witness:
    """Two instances of the demonstration's app. The last test destroys the cluster with it."""
    witness = Witness(cluster)
    witness.deploy(2)
    until_none(lambda: witness.trouble(2))
    return witness


def converged(app: Witness) -> None:
    app.cluster.pulumi("preview", "--expect-no-changes")
    assert in_cloud(app.cluster) == in_state(app.cluster)
    until_none(lambda: app.unwell("master-1"))
    until_none(lambda: app.voteless(app.token("consulManagementToken")))
    until_none(lambda: app.trouble(2))


def test_after_a_reboot_of_every_node_at_once_the_cluster_and_its_app_return_by_themselves(
    app: Witness, record: Recorder
) -> None:
    with requests(app.cluster) as outside:
        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=len(app.addresses)) as pool:
            list(pool.map(app.boot, app.addresses))
        seconds = until_all_pass(outside, began, RETURN)
    assert outside.failures
    converged(app)
    record(
        fault="every node rebooted at once",
        held="the cluster and its app returned by themselves",
        seconds=seconds,
        lost=len(outside.failures),
    )


def test_destroy_ends_well_with_every_host_dead(app: Witness, record: Recorder) -> None:
    for name in app.addresses:
        app.cut(name)
    began = time.monotonic()
    app.cluster.make("destroy")
    assert app.cluster.resources() == []
    assert in_cloud(app.cluster) == {}
    record(
        fault="`make destroy` with every host dead",
        held="it removed everything",
        seconds=time.monotonic() - began,
    )
