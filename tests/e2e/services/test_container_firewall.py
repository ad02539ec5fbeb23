"""What a container reaches on the nodes, by any address: names, HAProxy, SSH, and no service of the cluster's own."""

import json
from collections.abc import Collection, Mapping

import pytest

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import PYTHON, configured, on_all, previewed

SSH, DNS, HAPROXY = 22, 53, 80
METADATA = "169.254.169.254", 80
PROBE = """
import asyncio, json, sys
async def reached(address, port):
    try:
        await asyncio.wait_for(asyncio.open_connection(address, port), 3)
    except OSError:
        return False
    return True
async def main(targets):
    found = await asyncio.gather(*(reached(*target) for target in targets))
    print(json.dumps([target for target, open in zip(targets, found) if open]))
asyncio.run(main(json.load(sys.stdin)))
"""
UNHOOK = "sudo iptables -t mangle -D PREROUTING -i weave -j apollo-containers"

Target = tuple[str, int]


@pytest.fixture(scope="module")
def sockets(cluster: ProjectCopy, nodes: Mapping[str, str]) -> dict[Target, str]:
    """Every TCP port on which a node listens, at its private address and at that of its bridge; with the node."""
    asked = "sudo ss -Hltn; ip -4 -o addr show dev weave | sed 's/.*inet /bridge /'"
    found: dict[Target, str] = {}
    for node, said in on_all(cluster, nodes, asked).items():
        rows = [line.split() for line in said.splitlines()]
        (bridge,) = (row[1].partition("/")[0] for row in rows if row[0] == "bridge")
        heard = [row[3].rsplit(":", 1) for row in rows if row[0] == "LISTEN"]
        ports = {int(port) for host, port in heard if not host.startswith(("127.", "[::1]"))}
        found |= {(address, port): node for address in (nodes[node], bridge) for port in ports}
    return found


def reached(cluster: ProjectCopy, node: str, targets: Collection[Target]) -> set[Target]:
    """Those of the targets, and of the metadata, that accept a connection from a container on a node."""
    wanted = json.dumps(sorted({*targets, METADATA}))
    command = f'sudo docker run --rm -i {PYTHON} python3 -c "{PROBE}"'
    # A first run prints how it pulled the image.
    printed = cluster.on(node, command, stdin=wanted)
    return {(address, port) for address, port in json.loads(printed.splitlines()[-1])}


@pytest.mark.parametrize("node", ["slave-1", "master-2"])
def test_a_container_reaches_names_haproxy_and_ssh_of_the_nodes_and_nothing_else_there(
    cluster: ProjectCopy, sockets: Mapping[Target, str], node: str
) -> None:
    assert {port for _, port in sockets} >= {2181, 5050, 5051, 6783, 8080, 8300, 8301, 8404, 8500, 8503, 8600}
    assert {port for _, port in reached(cluster, node, sockets)} == {SSH, DNS, HAPROXY}


def test_a_container_reaches_what_the_config_opens_on_every_node(
    cluster: ProjectCopy, nodes: Mapping[str, str], sockets: Mapping[Target, str]
) -> None:
    with configured(cluster, openToContainers=["consul"]):
        assert previewed(cluster) == {f"{node}-container-firewall" for node in nodes}
        cluster.up()
        found = reached(cluster, "slave-1", sockets)
    cluster.up()
    assert {(address, 8500) for address in nodes.values()} <= found
    assert {port for _, port in found} & {2181, 5050, 5051, 6783, 8080, 8404} == set()


def test_status_fails_where_the_rules_are_missing_and_names_what_puts_them_back(
    cluster: ProjectCopy, nodes: Mapping[str, str], sockets: Mapping[Target, str]
) -> None:
    cluster.on("slave-1", UNHOOK)
    try:
        # Without the rules the same container reaches the services of its own node and of others.
        found = reached(cluster, "slave-1", sockets)
        assert {(nodes["slave-1"], 5051), (nodes["master-1"], 8080), (nodes["master-1"], 2181)} <= found
        status = cluster.make("status", check=False)
    finally:
        cluster.on("slave-1", "sudo container-firewall")
    assert status.returncode != 0
    assert "containers may reach the ports of the cluster's services" in " ".join(status.stdout.split())
    until(cluster.well, "the cluster is well again")
