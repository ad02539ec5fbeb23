"""The resolver's file on each node: whose names go where, on which addresses, and that dnsmasq itself takes it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.dns import DNS
from infra.docker import DOCKER
from infra.plan import Node, Plan
from infra.settings import Settings
from tests.unit.infra.program import config

CONFIG = "/etc/dnsmasq.d/apollo.conf"


def plan(**changes: object) -> Plan:
    return Plan.of(Settings.parse(config(**changes)))


def lines(node: Node, whole: Plan) -> list[str]:
    (step,) = DNS.steps(node, whole)
    return {file.path: file.content for file in step.files}[CONFIG].splitlines()


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_every_node_answers_itself_and_its_own_containers_alone(masters: int) -> None:
    whole = plan(masterCount=masters)
    for node in whole.nodes:
        found = lines(node, whole)
        assert [line for line in found if "address=" in line] == [f"listen-address=127.0.0.1,{node.bridge.ip}"]
        assert "bind-dynamic" in found


@pytest.mark.parametrize(
    ("changes", "servers"),
    [
        ({}, ["server=/consul/127.0.0.1#8600", "server=10.0.0.2"]),
        ({"vpcCidr": "10.9.0.0/16"}, ["server=/consul/127.0.0.1#8600", "server=10.9.0.2"]),
        ({"consulDomain": "cluster.internal"}, ["server=/cluster.internal/127.0.0.1#8600", "server=10.0.0.2"]),
        ({"dnsForwarders": []}, ["server=/consul/127.0.0.1#8600"]),
        (
            {"dnsForwarders": ["192.0.2.53", "vpc"]},
            ["server=/consul/127.0.0.1#8600", "server=192.0.2.53", "server=10.0.0.2"],
        ),
    ],
)
def test_the_clusters_names_are_consuls_and_all_others_go_on(changes: dict[str, object], servers: list[str]) -> None:
    whole = plan(**changes)
    assert [line for line in lines(whole.slaves[0], whole) if line.startswith("server=")] == servers


def test_containers_ask_only_a_resolver_that_is_there() -> None:
    for services, asked in ((["consul", "dns"], True), (["consul"], False)):
        whole = plan(services=services)
        (step,) = DOCKER.steps(whole.slaves[0], whole)
        assert ("--dns=10.2.0.10 --dns-search=service.consul" in step.files[0].content) == asked


@pytest.mark.parametrize("twice", [False, True])
def test_a_node_without_dns_asks_again_whom_it_asked_before(twice: bool, tmp_path: Path) -> None:
    """As on Debian; who runs it where nothing is to undo changes nothing."""
    (tmp_path / "resolv.conf").write_text("search a.example\nnameserver 127.0.0.1\nnameserver 10.0.0.2\n")
    whole = plan()
    text = DNS.undo(whole.slaves[0], whole).replace("/etc/", f"{tmp_path}/")
    for _ in range(2 if twice else 1):
        subprocess.run(["bash", "-euo", "pipefail", "-c", text], check=True)
    assert (tmp_path / "resolv.conf").read_text() == "search a.example\nnameserver 10.0.0.2\n"
    assert [path.name for path in tmp_path.iterdir()] == ["resolv.conf"]


@pytest.fixture
def dnsmasq() -> list[str]:
    """The dnsmasq on PATH, or the one of the sandbox's hosts."""
    if found := shutil.which("dnsmasq"):
        return [found]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "apollo"
    for program in cache.glob("base-*/usr/sbin/dnsmasq"):
        base = program.parents[2]
        return [f"{base}/lib64/ld-linux-x86-64.so.2", "--library-path", f"{base}/lib/x86_64-linux-gnu", str(program)]
    pytest.skip("there is no dnsmasq on PATH, and the sandbox's base is not built (python -m sandbox image)")


@pytest.mark.parametrize("forwarders", [[], ["vpc"]])
def test_dnsmasq_itself_takes_the_file(forwarders: list[str], dnsmasq: list[str], tmp_path: Path) -> None:
    whole = plan(dnsForwarders=forwarders)
    file = tmp_path / "apollo.conf"
    file.write_text("\n".join(lines(whole.slaves[0], whole)))
    said = subprocess.run([*dnsmasq, "--test", f"--conf-file={file}"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
