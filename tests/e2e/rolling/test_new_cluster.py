"""A backup outlives its cluster: the demonstration's app comes back in a new one."""

from collections.abc import Iterator

import httpx
import pytest

from bench.workspace import RANGES, ProjectCopy
from sandbox.home import Home
from tests.e2e.conftest import need_hosts
from tests.e2e.services.seen import client, let_in
from tests.e2e.services.witness import Witness, until_none

pytestmark = pytest.mark.long
KEY = "/v1/kv/apollo/haproxy/maxConnections"


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    project = ProjectCopy.create(tmp_path_factory.mktemp("restored"), config={"masterCount": 1, "slaveCount": 2})
    need_hosts(Home(project.folder), RANGES)
    try:
        project.make("up")
        let_in(project)
        yield project
    finally:
        project.make("clean")


def consul(witness: Witness) -> httpx.Client:
    return client(witness.addresses["master-1"], 8500, witness.token("consulManagementToken"))


def ids(witness: Witness) -> dict[str, str]:
    """The ids of Consul's nodes, by name."""
    return {node["Node"]: node["ID"] for node in witness.consul("catalog/nodes")}


def test_the_app_of_a_destroyed_cluster_runs_again_in_a_new_one(cluster: ProjectCopy) -> None:
    cluster.make("demo", "KEEP=1")
    before = Witness(cluster)
    until_none(lambda: before.trouble(2))
    with consul(before) as asking:
        asking.put(KEY, content="1234").raise_for_status()
    old = ids(before)
    written = cluster.make("backup").stdout
    (file,) = (cluster.folder / "backups").iterdir()
    assert str(file) in written

    cluster.make("destroy")
    cluster.make("up")
    let_in(cluster)
    new = Witness(cluster)
    assert not new.marathon("apps")["apps"]
    current = ids(new)
    assert not set(current.values()) & set(old.values())

    printed = cluster.make("restore", f"FROM={file}").stdout
    assert "every node is in its catalog again (master-1, slave-1, slave-2 had other ids)" in printed
    assert ids(new) == current
    until_none(lambda: new.trouble(2))
    with consul(new) as asking:
        assert asking.get(KEY, params={"raw": ""}).text == "1234"
    until_none(lambda: "" if cluster.well() else "not well")
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
