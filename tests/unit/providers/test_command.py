"""command:remote:Command does what the real plugin does."""

import asyncio
import re
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sandbox.providers.values import UNKNOWN
from tests.unit.providers.plugin import Failed, Provider, Refused, Resource
from tests.unit.sshd import Server

TOKEN = "command:remote:Command"
ALWAYS: dict[str, Any] = {"logging": "none", "addPreviousOutputInEnv": False}


@pytest.fixture
def command(command_provider: Provider) -> Resource:
    return Resource(command_provider, TOKEN, **ALWAYS)


async def test_a_command_gives_its_output_without_the_last_newline(command: Resource, server: Server) -> None:
    state = await command.create(connection=server.connection(), create="echo one; echo two; echo oops >&2")
    assert (state["stdout"], state["stderr"]) == ("one\ntwo", "oops")


async def test_a_command_without_create_runs_nothing_until_its_update(command: Resource, server: Server) -> None:
    state = await command.create(connection=server.connection(), update="echo one")
    assert state["stdout"] == ""
    state = await command.update(connection=server.connection(), update="echo two")
    assert state["stdout"] == "two"


async def test_output_that_is_not_utf_8_is_an_error(command: Resource, server: Server) -> None:
    with pytest.raises(Failed, match="ran, but its output is not UTF-8: invalid start byte at byte 1"):
        await command.create(connection=server.connection(), create=r"printf 'a\377'")
    with pytest.raises(Failed, match="failed with exit status 7\na\ufffd"):
        await command.create(connection=server.connection(), create=r"printf 'a\377'; exit 7")


async def test_the_connection_is_secret_with_its_defaults_and_the_output_is_not(
    command: Resource, server: Server
) -> None:
    await command.create(connection=server.connection(), create="echo hello", stdin="hush")
    connection = command.raw["connection"]
    assert connection.is_secret
    assert not command.raw["stdout"].is_secret
    filled = {"user": "root", "dialErrorLimit": 10, "perDialTimeout": 15}
    assert command.state["connection"] == server.connection() | filled


async def test_all_of_stdin_reaches_the_command(command: Resource, server: Server) -> None:
    text = "line\n" * 100_000
    state = await command.create(connection=server.connection(), create="wc -c", stdin=text)
    assert state["stdout"].strip() == str(len(text))


async def test_a_failing_step_names_node_step_and_status_and_shows_its_last_lines(
    command_provider: Provider, server: Server
) -> None:
    step = Resource(command_provider, TOKEN, "slave-1-weave-router", **ALWAYS)
    with pytest.raises(Failed) as failure:
        await step.create(connection=server.connection(), create="seq 100; echo why >&2; exit 7")
    title, rest, *lines = str(failure.value).splitlines()
    assert title == "slave-1: step weave-router failed with exit status 7"
    assert rest == "... (81 lines before)"
    assert set(lines) == {"why", *map(str, range(82, 101))}
    with pytest.raises(Failed, match=r"failed with exit status 137 \(signal KILL\)"):
        await step.create(connection=server.connection(), create="kill -9 $$")


async def test_a_dropped_link_is_an_error_and_is_not_dialled_again(
    command: Resource, server: Server, tmp_path: Path
) -> None:
    mark = tmp_path / "started"
    creating = asyncio.create_task(command.create(connection=server.connection(), create=f"mkdir {mark}; sleep 60"))
    async with asyncio.timeout(20):
        while not mark.exists():
            await asyncio.sleep(0.01)
    server.connections[0].abort()
    with pytest.raises(Failed, match="lost its connection before it ended"):
        await creating
    assert len(server.connections) == 1


DIFFS: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("nothing", {}, [], []),
    ("the text", {"create": "echo 2"}, ["create"], []),
    ("a trigger", {"triggers": ["i-2"]}, ["triggers[0]"], ["triggers"]),
    ("an unknown trigger", {"triggers": [UNKNOWN]}, ["triggers[0]"], ["triggers"]),
    ("the host", {"connection": {"host": "10.0.0.2"}}, ["connection.host"], []),
]


@pytest.mark.parametrize(("_what", "change", "paths", "replaces"), DIFFS, ids=[row[0] for row in DIFFS])
async def test_only_triggers_replace(
    command: Resource, _what: str, change: dict[str, Any], paths: list[str], replaces: list[str]
) -> None:
    inputs = {"connection": {"host": "10.0.0.1"}, "create": "echo 1", "triggers": ["i-1"]}
    await command.create(preview=True, **inputs)
    answer = await command.diff(**inputs | change)
    assert (list(answer.detailed), answer.replaces) == (paths, replaces)
    assert answer.changes is bool(paths)
    assert ("UPDATE_REPLACE" in answer.detailed.values()) is bool(replaces)


async def test_a_preview_runs_nothing_and_knows_no_output(command: Resource) -> None:
    state = await command.create(preview=True, connection={"host": UNKNOWN}, create="exit 1")
    assert (state["stdout"], state["stderr"]) == (UNKNOWN, UNKNOWN)
    state = await command.update(preview=True, connection={"host": UNKNOWN}, create="exit 2")
    assert (state["stdout"], state["create"]) == (UNKNOWN, "exit 2")


async def test_a_refused_port_is_given_up_after_the_limit_of_failures(command: Resource) -> None:
    nowhere = {"host": "127.0.0.1", "port": 1, "privateKey": _key(), "dialErrorLimit": 1}
    with pytest.raises(Failed, match=r"127\.0\.0\.1:1 after 2 attempts"):
        await command.create(connection=nowhere, create="true")


async def test_a_host_that_drops_its_first_callers_is_reached_and_minus_one_never_gives_up(
    command: Resource, server: Server
) -> None:
    booting = await asyncio.start_server(_relay_to(server.port, after=3), "127.0.0.1", 0)
    async with booting:
        port = booting.sockets[0].getsockname()[1]
        given = server.connection(port=port, dialErrorLimit=-1)
        assert (await command.create(connection=given, create="echo here"))["stdout"] == "here"


async def test_a_wrong_key_is_an_error_naming_the_host(command: Resource, server: Server) -> None:
    wrong = server.connection(privateKey=_key(), dialErrorLimit=0)
    with pytest.raises(Failed, match=r"127\.0\.0\.1.*Permission denied"):
        await command.create(connection=wrong, create="true")


async def test_a_pinned_host_key_lets_its_host_in_and_no_other(command: Resource, server: Server) -> None:
    good = server.connection(hostKey=server.host_key)
    assert (await command.create(connection=good, create="echo in"))["stdout"] == "in"
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(Failed):
        await command.create(connection=server.connection(hostKey=other, dialErrorLimit=0), create="true")


async def test_a_proxy_is_passed_through(command: Resource, server: Server) -> None:
    through = server.connection(proxy=server.connection())
    assert (await command.create(connection=through, create="echo behind"))["stdout"] == "behind"
    assert len(server.connections) == 2


HOST = {"host": "10.0.0.1"}
PROBLEMS: list[tuple[dict[str, Any], str]] = [
    ({"create": "x"}, "missing required property 'connection'"),
    ({"connection": {"user": "x"}, "create": "x"}, "missing required property 'host' of connection"),
    ({"connection": HOST | {"proxy": {}}, "create": "x"}, "missing required property 'host' of connection.proxy"),
    ({"connection": HOST | {"password": "x"}, "create": "x"}, "sandbox's connection has no input 'password'"),
    ({"connection": HOST, "create": "x", "delete": "y"}, "sandbox's command:remote:Command has no input 'delete'"),
    ({"connection": HOST, "create": "x", "logging": "stdout"}, "needs logging: 'none'"),
    ({"connection": HOST, "create": "x", "addPreviousOutputInEnv": True}, "needs addPreviousOutputInEnv: False"),
]


@pytest.mark.parametrize(("inputs", "reason"), PROBLEMS)
async def test_inputs_that_are_wrong_or_not_served_are_found_by_check(
    command: Resource, inputs: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=re.escape(reason)):
        await command.check(**inputs)


def _key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()


def _relay_to(port: int, *, after: int) -> Any:
    """A caller at a server's door: the first `after` connections are closed, the rest go to `port`."""
    calls = iter(range(1_000))

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if next(calls) < after:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    return relay


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
