"""Connections to nodes: SSH servers on loopback, whose commands run on this machine."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import httpx
import pytest

from ops.remote.connection import CommandResult
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.node import Machine
from tests.unit import sshd
from tests.unit.ops.conftest import AWAY, BASTION, NODES, OUTPUTS, MakeStack, Nodes, until

LOST = "slave-1: the SSH connection to 127.0.0.2 is lost"


@pytest.fixture
def connections(nodes: Nodes) -> Iterator[NodeConnections]:
    with closing(nodes.connections()) as made:
        yield made


async def test_a_command_gets_its_input_and_returns_its_status_and_both_outputs(connections: NodeConnections) -> None:
    connection = await connections.to("slave-1")
    result = await connection.run("sh", "-c", "cat; echo 'not well' >&2; exit 3", stdin="a 'line'\n")
    assert result == CommandResult(status=3, out="a 'line'", err="not well")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (CommandResult(status=1, out="out", err="a warning\nthe reason"), "the reason"),
        (CommandResult(status=1, out="before\nthe reason", err=""), "the reason"),
        (CommandResult(status=124, out="", err=""), "a command ended with status 124"),
    ],
)
def test_the_reason_of_a_failure_is_the_last_line_of_output(result: CommandResult, reason: str) -> None:
    assert result.reason == reason


def another_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.mark.parametrize(
    ("private_key", "changes", "why"),
    [
        (another_key().export_private_key().decode(), {}, "Permission denied"),
        ("no key", {}, "Invalid private key"),
        ("", {"host_key": another_key().export_public_key().decode()}, "Host key is not trusted"),
        ("", {"host": "127.0.0.9"}, "Connect call failed"),
    ],
)
async def test_a_failed_login_names_the_node_its_address_and_the_reason(
    nodes: Nodes, private_key: str, changes: dict[str, Any], why: str
) -> None:
    changed = replace(nodes.nodes["slave-1"], **changes)
    connections = NodeConnections({"slave-1": changed}, private_key or nodes.private_key)
    with pytest.raises(OperatorError, match=f"^slave-1: no SSH connection to {changed.host}: .*{why}"):
        await connections.to("slave-1")


async def test_a_node_whose_login_failed_is_not_dialled_again(nodes: Nodes) -> None:
    answering = nodes.nodes["slave-1"]
    dialled = {"slave-1": replace(answering, host=AWAY)}
    connections = NodeConnections(dialled, nodes.private_key)
    for _ in range(2):
        with pytest.raises(OperatorError, match="no SSH connection"):
            await connections.to("slave-1")
        dialled["slave-1"] = answering


async def test_each_node_is_dialled_once(connections: NodeConnections, nodes: Nodes) -> None:
    assert await connections.to("slave-1") is await connections.to("slave-1")
    assert len(nodes.servers["slave-1"].connections) == 1


@pytest.fixture
async def bastion(nodes: Nodes, tmp_path: Path) -> AsyncIterator[sshd.Server]:
    (folder := tmp_path / "bastion").mkdir()
    key = asyncssh.import_private_key(nodes.private_key)
    async with sshd.serving(folder, address="127.0.0.8", user_key=key) as server:
        yield server


def behind(bastion: sshd.Server, nodes: Nodes) -> NodeConnections:
    """Connections to all nodes through the bastion."""
    where = {"name": "bastion", "host": bastion.address, "user": "admin", "host_key": bastion.host_key, "ssh": ""}
    proxy = Machine(port=bastion.port, **where)
    return NodeConnections(
        {name: replace(node, proxy=proxy) for name, node in nodes.nodes.items()}, nodes.private_key
    )


async def test_nodes_behind_a_bastion_are_reached_through_one_connection_to_it(
    nodes: Nodes, bastion: sshd.Server
) -> None:
    with closing(behind(bastion, nodes)) as connections:
        opened = await asyncio.gather(*(connections.to(name) for name in nodes.nodes))
        assert [(await connection.run("echo", "in")).out for connection in opened] == ["in"] * 3
    assert len(bastion.connections) == 1
    await asyncio.wait_for(bastion.connections[0].wait_closed(), 20)


async def test_a_bastion_that_does_not_answer_is_named_for_each_node(nodes: Nodes, bastion: sshd.Server) -> None:
    bastion.address = AWAY
    with closing(behind(bastion, nodes)) as connections:
        for name in nodes.nodes:
            with pytest.raises(OperatorError, match=f"^bastion: no SSH connection to {AWAY}: "):
                await connections.to(name)


async def test_a_bastion_with_another_host_key_gets_no_node(nodes: Nodes, bastion: sshd.Server) -> None:
    bastion.host_key = another_key().export_public_key().decode()
    refused = pytest.raises(OperatorError, match=r"^bastion: .*Host key is not trusted")
    with closing(behind(bastion, nodes)) as connections, refused:
        await connections.to("slave-1")
    assert not nodes.servers["slave-1"].connections


async def test_a_lost_bastion_is_a_lost_connection_to_the_nodes_behind_it(nodes: Nodes, bastion: sshd.Server) -> None:
    with closing(behind(bastion, nodes)) as connections:
        await connections.to("slave-1")
        bastion.connections[0].abort()
        lost = await asyncio.wait_for(connections.wait_until_one_is_lost(), 20)
    assert str(lost) == LOST


async def test_a_connection_lost_during_a_command_is_an_error(
    connections: NodeConnections, nodes: Nodes, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "never")
    connection, runs = await connections.to("slave-1"), tmp_path / "runs"
    running = asyncio.ensure_future(connection.run("sh", "-c", f"touch {runs}; exec cat {tmp_path}/never"))
    await until(runs.exists, "the command to run")
    nodes.cut("slave-1")
    with pytest.raises(OperatorError, match=LOST):
        await running
    with pytest.raises(OperatorError, match=LOST):  # and so is one that was lost before the command
        await connection.run("true")
    (tmp_path / "never").write_text("")  # ends the command, which outlives its connection


@pytest.mark.parametrize("waits", [True, False], ids=["what waits for ever", "what fails because of it"])
async def test_a_lost_connection_ends_what_needs_it_and_is_named(
    connections: NodeConnections, nodes: Nodes, *, waits: bool
) -> None:
    connection = await connections.to("slave-1")
    await connections.to("slave-2")

    async def work() -> None:
        async with connections.fail_when_lost():
            nodes.cut("slave-1")
            await (asyncio.Event().wait() if waits else connection.wait_until_lost())
            raise httpx.ReadError("")

    with pytest.raises(OperatorError, match=LOST):
        await asyncio.wait_for(work(), 20)


async def test_another_error_is_not_changed(connections: NodeConnections) -> None:
    await connections.to("slave-1")
    with pytest.raises(ZeroDivisionError):
        async with connections.fail_when_lost():
            raise ZeroDivisionError
    async with connections.fail_when_lost():
        pass


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("127.0.0.1", "master-1"),
        ("127.0.0.3", "slave-2"),
        ("127.0.2.7:8080", "slave-1"),
        ("127.0.9.1:8080", ""),
    ],
)
def test_the_owner_of_an_address_is_the_node_that_has_it_or_its_container(address: str, owner: str) -> None:
    assert NodeConnections(NODES, "").owner(address) == owner


def test_the_nodes_of_a_stack_with_a_bastion_are_behind_it(stack: MakeStack) -> None:
    with closing(NodeConnections.of(stack({"nodes": OUTPUTS, "bastion": BASTION}))) as connections:
        assert {node.proxy.host for node in connections.nodes.values() if node.proxy} == {"203.0.113.9"}
        assert all(node.proxy for node in connections.nodes.values())


def test_the_nodes_of_a_stack_are_those_of_its_outputs_in_the_order_of_their_indexes(stack: MakeStack) -> None:
    backwards = dict(reversed(OUTPUTS.items()))
    with closing(NodeConnections.of(stack({"nodes": backwards}))) as connections:
        assert list(connections.nodes.items()) == list(NODES.items())
