"""A cluster whose nodes have no public address: every connection passes through the bastion, or not at all."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.workspace import NETWORK_ALONE, ProjectCopy
from ops.remote.connections import NodeConnections
from ops.remote.node import BASTION
from ops.remote.stack import Stack
from ops.ssh import command_line
from tests.e2e.conftest import cluster_copy

CONFIG = {**NETWORK_ALONE, "topology": "private", "slaveCount": 1}
SECONDS = 3
"""Longer than any connection here takes; a rule that is not there drops packets, so a client waits this long."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    with cluster_copy(tmp_path_factory, "private", CONFIG) as project:
        yield project


@pytest.fixture
def stack(cluster: ProjectCopy) -> Stack:
    return cluster.stack


def opens(address: str, port: int) -> bool:
    """Whether this machine, whose address is in adminCidrs, gets a connection."""
    try:
        socket.create_connection((address, port), timeout=SECONDS).close()
    except TimeoutError:
        return False
    return True


def test_up_provisions_every_node_through_the_bastion_and_status_reaches_all(cluster: ProjectCopy) -> None:
    said = cluster.make("up").stdout
    assert "slave-1-reachable created" in said
    assert "slave-1-gate created" in said
    assert "FAILS" not in said


def test_ssh_is_open_on_the_bastion_and_on_no_node(stack: Stack) -> None:
    bastion = stack.bastion()
    assert bastion
    assert opens(bastion.host, 22)
    for node in stack.nodes().values():
        assert node.host == node.private_address
        assert not opens(node.host, 22)


def test_make_ssh_logs_in_through_the_bastion_and_to_the_bastion(cluster: ProjectCopy) -> None:
    came_from = cluster.make("ssh", "NODE=slave-1", "CMD=echo $(hostname) $SSH_CONNECTION").stdout.split()
    address = cluster.make("ssh", "NODE=bastion", "CMD=hostname -I").stdout.split()[0]
    assert came_from[:2] == ["slave-1", address]
    assert cluster.make("ssh", "NODE=bastion", "CMD=hostname").stdout == "bastion\n"


async def test_ports_of_nodes_are_forwarded_through_the_bastion(stack: Stack) -> None:
    with closing(NodeConnections.of(stack)) as connections:
        connection = await connections.to("slave-1")
        local = await connection.forward("127.0.0.1", 6782)
        assert opens("127.0.0.1", local)


@pytest.mark.parametrize("port", [2375, 6783, 8500])
def test_the_bastion_forwards_to_port_22_alone(stack: Stack, cluster: ProjectCopy, port: int) -> None:
    program, *words = command_line(stack, BASTION)
    target = stack.nodes()["slave-1"].private_address
    # The first value of an option is the one that counts, and the reason is in a message of this level.
    forward = [program, "-o", "LogLevel=INFO", "-W", f"{target}:{port}", *words]
    done = subprocess.run(forward, cwd=cluster.folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "administratively prohibited" in done.stderr


def test_a_node_can_t_open_a_connection_to_the_bastion(cluster: ProjectCopy, stack: Stack) -> None:
    bastion = stack.bastion()
    assert bastion
    dial = f"timeout {SECONDS} bash -c '</dev/tcp/{bastion.host}/22' && echo open || echo closed"
    assert cluster.on("slave-1", dial) == "closed"


def test_up_again_changes_nothing(cluster: ProjectCopy) -> None:
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--refresh")


def test_the_topology_of_a_running_cluster_is_kept(cluster: ProjectCopy) -> None:
    cluster.pulumi("config", "set", "topology", "public")
    refused = cluster.pulumi("preview", check=False)
    cluster.pulumi("config", "set", "topology", "private")
    assert refused.returncode != 0
    assert "topology is public, and the cluster that runs is private" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_destroy_removes_gateways_and_addresses_in_an_order_that_aws_accepts(cluster: ProjectCopy) -> None:
    cluster.make("destroy")
    assert not cluster.resources()
