"""The core on each os that not all tests run on: a cluster with all services, from `up` to `destroy`."""

from collections.abc import Iterator

import pytest

from bench.workspace import ProjectCopy
from infra.config.operating_systems import OPERATING_SYSTEMS
from sandbox.hosts.base.systems import SYSTEMS
from tests.e2e.conftest import cluster_copy
from tests.e2e.hosts.cluster import until

# What each has that no other has: a command for its nodes, and what that prints.
OWN = {
    "debian-13": ("systemctl --version", "systemd 257"),
    "ubuntu-24.04": ("sudo docker version --format '{{.Server.Version}}'", "29.1"),
}
STORE = "sudo docker info --format '{{.Driver}}'"


@pytest.fixture(scope="module", params=[system for system in SYSTEMS if OPERATING_SYSTEMS[system].tests])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    """A copy of the project whose nodes have the system that its stack's config names."""
    with cluster_copy(tmp_path_factory, "system", {"os": request.param}) as project:
        yield project


def test_up_ends_with_every_service_well_and_every_container_reached(cluster: ProjectCopy) -> None:
    said = cluster.make("up").stdout
    assert "FAILS" not in said
    system = cluster.pulumi("config", "get", "os").stdout.strip()
    assert f"os is {system}: {OPERATING_SYSTEMS[system].tests}" in said
    command, printed = OWN[system]
    assert printed in cluster.on("slave-1", command)
    assert cluster.on("slave-1", STORE) == "overlay2", "docker's own image store is in use, not containerd's"


def test_every_step_of_the_demonstration_passes(cluster: ProjectCopy) -> None:
    assert cluster.make("demo").stdout.rstrip().endswith("All steps passed.")


def test_after_a_reboot_a_slave_returns_with_its_services_and_its_containers(cluster: ProjectCopy) -> None:
    cluster.run(".venv/bin/python", "-m", "sandbox", "reboot", "slave-1")
    until(cluster.well, "the cluster is well after a reboot of slave-1")


def test_up_again_changes_nothing_and_destroy_leaves_nothing(cluster: ProjectCopy) -> None:
    cluster.pulumi("preview", "--expect-no-changes", "--refresh")
    cluster.make("destroy")
    assert cluster.resources() == []
