"""Nodes over SSH: servers on loopback, whose commands run on this machine."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import asyncssh
import httpx
import pytest

from ops.remote.connection import CommandResult, NodeConnection
from ops.remote.connections import NodeConnections
from ops.remote.stack import Login, OperatorError
from sandbox.standins.common.web import Answer
from tests.unit.ops.conftest import NODES, Nodes, Serve, until

GONE = "slave-1: the SSH connection to 127.0.0.2 is gone"


@pytest.fixture
def connections(nodes: Nodes) -> NodeConnections:
    return NodeConnections(nodes.nodes, nodes.login)


async def test_a_command_gets_its_input_and_gives_its_status_and_both_its_outputs(
    connections: NodeConnections,
) -> None:
    connection = await connections.to("slave-1")
    said = await connection.run("sh", "-c", "cat; echo 'not well' >&2; exit 3", stdin="a 'line'\n")
    assert said == CommandResult(status=3, out="a 'line'", err="not well")


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (CommandResult(status=1, out="out", err="a warning\nthe reason"), "the reason"),
        (CommandResult(status=1, out="before\nthe reason", err=""), "the reason"),
        (CommandResult(status=124, out="", err=""), "a command ended with status 124"),
    ],
)
def test_the_trouble_is_the_last_line_that_tells(said: CommandResult, trouble: str) -> None:
    assert said.trouble == trouble


def another_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.mark.parametrize(
    ("login", "node", "why"),
    [
        ({"private_key": another_key().export_private_key().decode()}, {}, "Permission denied"),
        ({"private_key": "no key"}, {}, "Invalid private key"),
        ({}, {"hostKey": another_key().export_public_key().decode()}, "Host key is not trusted"),
        ({}, {"address": "127.0.0.9"}, "Connect call failed"),
    ],
)
async def test_a_login_that_fails_names_the_node_its_address_and_the_reason(
    nodes: Nodes, login: dict[str, str], node: dict[str, str], why: str
) -> None:
    asked = nodes.nodes["slave-1"] | node
    with pytest.raises(OperatorError, match=f"^slave-1: no answer by SSH at {asked['address']}: .*{why}"):
        await NodeConnection.to("slave-1", asked, replace(nodes.login, **login))  # type: ignore[arg-type]


async def test_a_node_that_did_not_answer_is_not_dialled_again(nodes: Nodes) -> None:
    away = {"slave-1": nodes.nodes["slave-1"] | {"address": "127.0.0.9"}}
    connections = NodeConnections(away, nodes.login)
    for _ in range(2):
        with pytest.raises(OperatorError, match="no answer by SSH"):
            await connections.to("slave-1")
        away["slave-1"]["address"] = "127.0.0.2"


async def test_each_node_is_dialled_once(connections: NodeConnections, nodes: Nodes) -> None:
    assert await connections.to("slave-1") is await connections.to("slave-1")
    assert len(nodes.servers["slave-1"].connections) == 1


async def test_a_connection_that_is_lost_during_a_command_is_told(
    connections: NodeConnections, nodes: Nodes, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "never")
    connection, runs = await connections.to("slave-1"), tmp_path / "runs"
    running = asyncio.ensure_future(connection.run("sh", "-c", f"touch {runs}; exec cat {tmp_path}/never"))
    await until(runs.exists, "the command to run")
    nodes.cut("slave-1")
    with pytest.raises(OperatorError, match=GONE):
        await running
    with pytest.raises(OperatorError, match=GONE):  # and so is one that was lost before
        await connection.run("true")


async def test_what_is_held_ends_as_soon_as_a_connection_is_gone(connections: NodeConnections, nodes: Nodes) -> None:
    await connections.to("slave-1")
    await connections.to("slave-2")

    async def wait_for_ever() -> None:
        async with connections.fail_when_lost():
            nodes.cut("slave-1")
            await asyncio.Event().wait()

    with pytest.raises(OperatorError, match=GONE):
        await asyncio.wait_for(wait_for_ever(), 20)


async def test_an_error_that_a_lost_connection_has_caused_is_told_as_that(
    connections: NodeConnections, nodes: Nodes
) -> None:
    connection = await connections.to("slave-1")

    async def read() -> None:
        async with connections.fail_when_lost():
            nodes.cut("slave-1")
            await connection.lost()
            raise httpx.ReadError("")

    with pytest.raises(OperatorError, match=GONE):
        await read()


async def test_another_error_of_what_is_held_stays_what_it_is(connections: NodeConnections) -> None:
    await connections.to("slave-1")
    with pytest.raises(ZeroDivisionError):
        async with connections.fail_when_lost():
            raise ZeroDivisionError
    async with connections.fail_when_lost():
        pass


async def test_a_port_of_the_node_s_network_is_on_this_machine_at_its_own_number_where_that_is_free(
    connections: NodeConnections, serve: Serve
) -> None:
    there = serve(lambda _: Answer(body=b"there"), "127.0.0.2")
    connection = await connections.to("slave-1")
    first = await connection.open("127.0.0.2", there.port, there.port)
    second = await connection.open("127.0.0.2", there.port, there.port)
    async with httpx.AsyncClient(trust_env=False) as client:
        said = [(await client.get(f"http://127.0.0.1:{port}/")).text for port in (first, second)]
    assert (first == there.port, second == there.port) == (True, False)
    assert said == ["there", "there"]


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("127.0.0.1", "master-1"),
        ("127.0.0.3", "slave-2"),
        ("127.0.2.7:8080", "slave-1"),
        ("127.0.9.1:8080", ""),
    ],
)
def test_an_address_is_a_node_s_own_or_that_of_a_container_there(address: str, owner: str) -> None:
    assert NodeConnections(NODES, Login(user="admin", private_key="")).owner(address) == owner
