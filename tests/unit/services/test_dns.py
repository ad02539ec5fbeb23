"""The resolver on each node, for both values of `dns`: its addresses and the server of each domain."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.plan.plan import Node, Plan
from infra.services import dns
from infra.services.docker import DOCKER
from infra.services.weave import WEAVE
from tests.unit.plans import files, plan, steps

CONFIG = "/etc/dnsmasq.d/apollo.conf"


def lines(node: Node, whole: Plan) -> list[str]:
    return files(whole, node.name)[CONFIG].content.splitlines()


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_every_resolver_answers_its_node_and_its_containers_alone(masters: int) -> None:
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
        (
            {"dns": "weave", "services": ["dns"]},
            [
                "server=/weave.local/127.0.0.1#6753",
                "server=/2.10.in-addr.arpa/127.0.0.1#6753",
                "server=10.0.0.2",
            ],
        ),
        (
            {"dns": "weave", "dnsForwarders": []},
            [
                "server=/consul/127.0.0.1#8600",
                "server=/weave.local/127.0.0.1#6753",
                "server=/2.10.in-addr.arpa/127.0.0.1#6753",
            ],
        ),
    ],
)
def test_names_of_the_cluster_go_to_their_server_and_all_others_to_the_forwarders(
    changes: dict[str, object], servers: list[str]
) -> None:
    whole = plan(**changes)
    assert [line for line in lines(whole.slaves[0], whole) if line.startswith("server=")] == servers


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"services": ["consul"]}, ""),
        ({"services": []}, ""),
        ({"services": ["consul"], "dns": "weave"}, ""),
        ({}, " --dns=10.2.0.10 --dns-search=service.consul"),
        ({"services": ["dns"], "dns": "weave"}, " --dns=10.2.0.10 --dns-search=weave.local"),
        ({"dns": "weave"}, " --dns=10.2.0.10 --dns-search=weave.local --dns-search=service.consul"),
    ],
)
def test_containers_use_only_a_resolver_that_the_stack_has(changes: dict[str, object], options: str) -> None:
    whole = plan(**changes)
    (step,) = DOCKER.steps(whole.slaves[0], whole)
    given = step.files[0].content
    assert given.endswith(f'{options}"\n')
    assert given.count("--dns") == options.count("--dns")


@pytest.mark.parametrize("system", ["debian-12", "ubuntu-14.04"])
@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        ({}, False),
        ({"dns": "weave"}, True),
        ({"dns": "weave", "services": ["dns"]}, True),
        ({"dns": "weave", "services": ["consul"]}, False),
    ],
)
def test_the_router_serves_dns_only_when_the_resolver_uses_it(
    system: str, changes: dict[str, object], answers: bool
) -> None:
    whole = plan(os=system, ami="ami-0123456789abcdef0", **changes)
    (job,) = next(step for step in WEAVE.steps(whole.slaves[0], whole) if step.name == "weave-router").files
    assert ("WEAVE_DNS=127.0.0.1:6753" in job.content) == answers


def test_with_dns_by_weave_names_are_registered_before_the_resolver_starts() -> None:
    found = steps(plan(dns="weave"))
    assert list(found).index("weave-names") < list(found).index("dns")
    assert "weave-names" in found["dns"].after
    assert "weave-names" not in steps(plan())


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, ["consul.service.consul"]),
        ({"dns": "weave", "services": ["dns"]}, ["slave-1.weave.local"]),
        ({"dns": "weave"}, ["slave-1.weave.local", "consul.service.consul"]),
    ],
)
def test_dns_is_healthy_when_both_addresses_answer_for_a_name_of_each_server(
    changes: dict[str, object], asked: list[str], tmp_path: Path
) -> None:
    whole = plan(**changes)
    stub = tmp_path / "busybox"
    stub.write_text(f'#!/bin/sh\necho "$2 $3" >>{tmp_path}/asked\n[ "$3" = 127.0.0.1 ] && echo "Name: $2"\n')
    stub.chmod(0o755)
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", dns.BY_ROUTER.health(whole.slaves[0], whole)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    ).stdout
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"{name} {address}" for name in asked for address in ("127.0.0.1", "10.2.0.10")
    ]
    assert [line.split(":")[1] for line in said.splitlines()] == [
        f" no answer on 10.2.0.10 for {name}" for name in asked
    ]


@pytest.mark.parametrize("twice", [False, True])
def test_a_node_without_dns_uses_its_earlier_resolvers_again(twice: bool, tmp_path: Path) -> None:
    """As on Debian; who runs it where nothing is to undo changes nothing."""
    (tmp_path / "resolv.conf").write_text("search a.example\nnameserver 127.0.0.1\nnameserver 10.0.0.2\n")
    whole = plan()
    text = steps(whole)["dns"].undo.replace("/etc/", f"{tmp_path}/")
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


@pytest.mark.parametrize("way", ["consul", "weave"])
@pytest.mark.parametrize("forwarders", [[], ["vpc"]])
def test_dnsmasq_itself_accepts_the_file(way: str, forwarders: list[str], dnsmasq: list[str], tmp_path: Path) -> None:
    whole = plan(dns=way, dnsForwarders=forwarders, weaveCidr="10.4.0.0/14")
    file = tmp_path / "apollo.conf"
    file.write_text("\n".join(lines(whole.slaves[0], whole)))
    said = subprocess.run([*dnsmasq, "--test", f"--conf-file={file}"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
