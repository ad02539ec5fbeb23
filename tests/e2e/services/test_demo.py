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


def test_secrets_are_in_files_for_root_alone_and_in_nobodys_command_line(cluster: ProjectCopy) -> None:
    token = cluster.pulumi("config", "get", "consulAgentToken").stdout.strip()
    holders = cluster.on("slave-1", f"sudo grep -rlF {token} /etc /usr/local /lib/systemd || true").split()
    assert holders
    modes = cluster.on("slave-1", f"sudo stat -c %a {' '.join(holders)}").split()
    assert set(modes) == {"600"}
    assert token not in cluster.on("slave-1", "sudo ps -eo args")
