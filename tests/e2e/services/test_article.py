"""The article, end to end: its services on real hosts, and its demonstration."""

from ops.rehearsal import Project


def test_the_demonstration_comes_out_as_the_article_has_it(cluster: Project) -> None:
    said = cluster.make("demo").stdout
    assert "asked from a container on slave-2" in said
    assert "as nodejs-rest-api.service.consul:8080 from a container" in said
    assert "Host: nodejs-rest-api.example.com" in said
    assert "asked for four instances" in said
    assert "none failed" in said
    assert said.rstrip().endswith("All of it came out as the article has it.")


def test_up_again_changes_nothing(cluster: Project) -> None:
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def test_secrets_are_in_files_for_root_alone_and_in_nobodys_command_line(cluster: Project) -> None:
    token = cluster.pulumi("config", "get", "consulAgentToken").stdout.strip()
    holders = cluster.on("slave-1", f"sudo grep -rlF {token} /etc /usr/local /lib/systemd || true").split()
    assert holders
    modes = cluster.on("slave-1", f"sudo stat -c %a {' '.join(holders)}").split()
    assert set(modes) == {"600"}
    assert token not in cluster.on("slave-1", "sudo ps -eo args")
