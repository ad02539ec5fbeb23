"""The demonstration, end to end, on a cluster with all services."""

from bench.workspace import ProjectCopy


def test_every_step_of_the_demonstration_passes(cluster: ProjectCopy) -> None:
    said = cluster.make("demo").stdout
    assert "from a container on slave-2" in said
    assert "as nodejs-rest-api.service.consul:8080 from a container" in said
    assert "through the load balancer and HAProxy, Host: nodejs-rest-api.example.com" in said
    assert "Scale to four instances" in said
    assert "none failed" in said
    assert said.rstrip().endswith("All steps passed.")


def test_up_again_changes_nothing(cluster: ProjectCopy) -> None:
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
