"""`make status` on a cluster with services."""

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until


def test_status_names_the_service_that_is_down_and_the_node(cluster: ProjectCopy) -> None:
    cluster.on("slave-1", "sudo systemctl stop haproxy")
    said = cluster.make("status", check=False)
    cluster.on("slave-1", "sudo systemctl start haproxy")
    assert said.returncode != 0
    assert "slave-1: haproxy does not answer on http://" in said.stdout
    assert said.stdout.count("FAILS") == 1
    until(cluster.well, "the cluster is well again")
