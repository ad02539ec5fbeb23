"""`dns: weave` on real hosts: names by the router's own DNS, in step with what runs. The tests share the cluster."""

import re
from collections.abc import Iterator

import pytest

from bench.workspace import WEAVE, ProjectCopy
from tests.e2e.conftest import cluster_copy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import configured

NODES = ("master-1", "slave-1", "slave-2")
BOTH = {"slave-1", "slave-2"}
PROBE = "apollo/probe:1"
TIMES = 20  # requests, of which each of two instances gets some


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    with cluster_copy(tmp_path_factory, "weave-dns", {"services": ["dns"], "dns": "weave"}) as project:
        project.make("up")
        for node in sorted(BOTH):
            serve(project, node, "--name web --env SERVICE_NAME=rest-api")
        yield project


def serve(cluster: ProjectCopy, node: str, options: str) -> None:
    """Start a container that shows its node's name on port 80."""
    page = f"mkdir -p /www && echo {node} >/www/index.html && exec httpd -f -p 80 -h /www"
    cluster.on(node, f"sudo docker run -d --restart always {options} {PROBE} sh -c '{page}'")


def answers(cluster: ProjectCopy, node: str, host: str) -> set[str]:
    """Who answers to a name, asked from a node."""
    ask = f"for i in $(seq {TIMES}); do curl -s --max-time 5 http://{host}/; done; true"
    return set(cluster.on(node, ask).split())


def until_answered_by(cluster: ProjectCopy, node: str, who: set[str]) -> None:
    """Wait until a node that asks for the app is answered by these, each of them."""
    until(lambda: answers(cluster, node, "rest-api.weave.local") == who, f"{node} is answered by {sorted(who)}")


def addresses(cluster: ProjectCopy, node: str, name: str, *, from_container: bool = False) -> list[str]:
    """What a name is resolved to, by a node's resolver or by the one that docker gave a container on it."""
    where = f"sudo docker run --rm {PROBE}" if from_container else "busybox"
    said = cluster.on(node, f"{where} nslookup {name} || true")
    return sorted(re.findall(rf"^Address: ({re.escape(WEAVE)}\.\S+)$", said, re.MULTILINE))


def until_called(cluster: ProjectCopy, node: str, name: str, theirs: str) -> None:
    """Wait until this address is all that a node's resolver has for a name."""
    until(lambda: addresses(cluster, node, name) == [theirs], f"{name} is {theirs} on {node}")


def address(cluster: ProjectCopy, node: str, container: str) -> str:
    found = "{{.NetworkSettings.Networks.bridge.IPAddress}}"
    return cluster.on(node, f"sudo docker inspect -f '{found}' {container}")


def test_a_name_leads_to_all_containers_that_have_it_in_turn(cluster: ProjectCopy) -> None:
    for node in NODES:
        until_answered_by(cluster, node, BOTH)
    ask = f"for i in $(seq {TIMES}); do wget -q -O - http://rest-api/; done"
    for node in sorted(BOTH):
        assert set(cluster.on(node, f"sudo docker run --rm {PROBE} sh -c '{ask}'").split()) == BOTH


def test_every_container_and_node_is_called_as_it_is_and_what_is_no_name_is_complained_of(
    cluster: ProjectCopy,
) -> None:
    named = {
        "by-name": "--name by-name",
        "by-host-name": "--name other --hostname by-host-name",
        "in-full": "--name full --hostname in-full.weave.local",
    }
    for options in (
        *named.values(),
        "--name un_fit",
        "--name on-host --network host",
        "--name own --env SERVICE_IGNORE=1",
    ):
        cluster.on("slave-1", f"sudo docker run -d {options} {PROBE} sh -c 'exec sleep 10000'")
    for name, options in named.items():
        theirs = address(cluster, "slave-1", options.split()[1])
        until_called(cluster, "slave-2", f"{name}.weave.local", theirs)
        assert addresses(cluster, "master-1", name, from_container=True) == [theirs]
        backwards = cluster.on("master-1", f"busybox nslookup {theirs}")
        assert f"name = {name}.weave.local" in backwards
    assert addresses(cluster, "slave-2", "master-1.weave.local") == [f"{WEAVE}.0.1"]
    for absent in ("on-host", "own", "un_fit", "other"):
        assert addresses(cluster, "slave-2", f"{absent}.weave.local") == []
    assert "'un_fit' is not a DNS label" in cluster.on("slave-1", "sudo journalctl -u weave-names -o cat")
    listed = sorted([*NODES, *named, "rest-api", "rest-api"])
    first = "sudo weave status dns | cut -d ' ' -f 1"
    until(lambda: sorted(cluster.on("slave-2", first).split()) == listed, "these names are there, and no others")


def test_a_container_that_stops_has_no_name_until_it_starts_again(cluster: ProjectCopy) -> None:
    cluster.on("slave-1", "sudo docker stop --time 0 web")
    for node in NODES:
        until_answered_by(cluster, node, {"slave-2"})
    cluster.on("slave-1", "sudo docker start web")
    for node in NODES:
        until_answered_by(cluster, node, BOTH)


@pytest.mark.parametrize(
    ("unit", "how"), [("weave", "restart weave"), ("weave", "kill --signal KILL weave"), ("docker", "restart docker")]
)
def test_names_are_back_after_the_router_or_docker_was_restarted(cluster: ProjectCopy, unit: str, how: str) -> None:
    program = f"systemctl show -p MainPID --value {unit}"
    before = cluster.on("slave-2", program)
    cluster.on("slave-2", f"sudo systemctl {how}")
    until(lambda: cluster.on("slave-2", program) not in (before, "0"), f"{unit} is another process")
    for node in NODES:
        until_answered_by(cluster, node, BOTH)
    until(cluster.well, "the cluster is well")


def test_names_are_back_after_a_reboot(cluster: ProjectCopy) -> None:
    boot = cluster.on("slave-2", "cat /proc/sys/kernel/random/boot_id")
    cluster.run(".venv/bin/python", "-m", "sandbox", "reboot", "slave-2")
    until(cluster.well, "the cluster is well")
    assert cluster.on("slave-2", "cat /proc/sys/kernel/random/boot_id") != boot
    for node in NODES:
        until_answered_by(cluster, node, BOTH)
    until(lambda: cluster.on("slave-2", "systemctl is-system-running || true") == "running", "it runs in full")


def test_names_become_consuls_and_the_routers_again_and_nothing_of_the_other_way_is_left(
    cluster: ProjectCopy,
) -> None:
    traces = "ls /usr/local/bin/weave-names /etc/systemd/system/weave-names.service /etc/consul 2>/dev/null || true"
    search = f"sudo docker run --rm {PROBE} grep ^search /etc/resolv.conf"
    with configured(cluster, services=["consul", "dns"], dns="consul"):
        cluster.make("up")
        assert cluster.on("slave-1", search) == "search service.consul"
        assert answers(cluster, "slave-1", "rest-api.weave.local") == set()
        assert "Name:" in cluster.on("slave-1", f"sudo docker run --rm {PROBE} nslookup consul")
        assert "weave-names" not in cluster.on("slave-1", traces)
        assert "--no-dns" in cluster.on("slave-1", "pgrep -a weaver")
    cluster.make("up")
    assert cluster.on("slave-1", search) == "search weave.local"
    assert "consul.json" not in cluster.on("slave-1", traces)
    for node in NODES:
        until_answered_by(cluster, node, BOTH)
