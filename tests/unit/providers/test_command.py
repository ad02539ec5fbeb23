"""command:remote:Command means what the real plugin means by it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from pulumi.provider.experimental.provider import PropertyDiffKind

from sandbox.providers.command import CommandProvider
from sandbox.providers.failure import CommandFailed, DialFailed, ProviderError
from sandbox.providers.values import UNKNOWN
from tests.unit.providers.engine import Refused, Resource
from tests.unit.sshd import Server

TOKEN = "command:remote:Command"


def command(provider: CommandProvider | None = None) -> Resource:
    return Resource(provider or CommandProvider(), TOKEN)


async def test_a_command_gives_its_output_without_the_last_newline(server: Server) -> None:
    state = await command().create(connection=server.connection(), create="echo one; echo two; echo oops >&2")
    assert (state["stdout"], state["stderr"]) == ("one\ntwo", "oops")


async def test_the_connection_is_secret_with_its_defaults_and_the_output_is_not(server: Server) -> None:
    resource = command()
    await resource.create(connection=server.connection(), create="echo hello", stdin="hush")
    connection = resource.raw["connection"]
    assert connection.is_secret
    assert isinstance(connection.value, Mapping)
    assert [key for key, value in connection.value.items() if value.is_secret] == ["privateKey"]
    assert not resource.raw["stdout"].is_secret
    filled = {"user": "root", "dialErrorLimit": 10, "perDialTimeout": 15}
    assert resource.state["connection"] == server.connection() | filled


async def test_stdin_reaches_the_command_whole(server: Server) -> None:
    text = "line\n" * 100_000
    state = await command().create(connection=server.connection(), create="wc -c", stdin=text)
    assert state["stdout"].strip() == str(len(text))


async def test_a_command_that_leaves_its_input_unread_ends_well(server: Server) -> None:
    state = await command().create(connection=server.connection(), create="echo ok", stdin="x" * 3_000_000)
    assert state["stdout"] == "ok"


async def test_a_line_longer_than_any_buffer_comes_through(server: Server) -> None:
    state = await command().create(connection=server.connection(), create="head -c 1000000 /dev/zero | tr '\\0' x")
    assert state["stdout"] == "x" * 1_000_000


async def test_a_failing_command_tells_status_output_and_text(server: Server) -> None:
    with pytest.raises(CommandFailed) as failure:
        await command().create(connection=server.connection(), create="echo before; echo why >&2; exit 7")
    assert failure.value.exit_status == 7
    assert sorted(failure.value.output.splitlines()) == ["before", "why"]
    assert str(failure.value).startswith(
        'Process exited with status 7: running "echo before; echo why >&2; exit 7":\n'
    )


async def test_a_killed_command_tells_the_signal(server: Server) -> None:
    with pytest.raises(CommandFailed, match="status 137 from signal KILL"):
        await command().create(connection=server.connection(), create="kill -9 $$")


async def test_a_dropped_link_is_an_error_and_is_not_dialled_again(server: Server) -> None:
    provider = CommandProvider()
    provider.on_line = lambda _urn, _stream, _line: server.connections[0].abort()
    with pytest.raises(CommandFailed, match="without exit status") as failure:
        await command(provider).create(connection=server.connection(), create="echo started; sleep 60")
    assert failure.value.exit_status is None
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"create": "echo created", "update": "echo updated"}, "updated"),
        ({"create": "echo created"}, "created"),
        ({}, "first"),
    ],
)
async def test_an_update_runs_update_or_else_create_or_else_nothing(
    server: Server, inputs: dict[str, Any], expected: str
) -> None:
    resource = command()
    await resource.create(connection=server.connection(), create="echo first")
    assert (await resource.update(connection=server.connection(), **inputs))["stdout"] == expected


async def test_delete_runs_the_delete_command(server: Server, tmp_path: Path) -> None:
    resource, mark = command(), tmp_path / "mark"
    await resource.create(connection=server.connection(), create="true", delete=f"touch {mark}")
    await resource.delete()
    assert mark.exists()


async def test_delete_without_a_delete_command_dials_nobody() -> None:
    resource = command()
    gone = {"host": "127.0.0.1", "port": 1, "dialErrorLimit": 0}
    await resource.create(connection=gone)
    await resource.delete()


DIFFS: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("nothing", {}, [], []),
    ("the text", {"create": "echo 2"}, ["create"], []),
    ("a trigger", {"triggers": ["i-2"]}, ["triggers[0]"], ["triggers"]),
    ("an unknown trigger", {"triggers": [UNKNOWN]}, ["triggers[0]"], ["triggers"]),
    ("the host", {"connection": {"host": "10.0.0.2"}}, ["connection.host"], []),
    ("the delete command", {"delete": "rm x"}, ["delete"], []),
]


@pytest.mark.parametrize(("_what", "change", "paths", "replaces"), DIFFS, ids=[row[0] for row in DIFFS])
async def test_only_triggers_replace(
    _what: str, change: dict[str, Any], paths: list[str], replaces: list[str]
) -> None:
    resource = command()
    inputs = {"connection": {"host": "10.0.0.1"}, "create": "echo 1", "triggers": ["i-1"]}
    await resource.create(preview=True, **inputs)
    answer = await resource.diff(**inputs | change)
    assert (list(answer.detailed_diff), answer.replaces) == (paths, replaces)
    assert answer.changes is bool(paths)
    assert not any(entry.input_diff for entry in answer.detailed_diff.values())
    kinds = {entry.kind for entry in answer.detailed_diff.values()}
    assert (PropertyDiffKind.UPDATE_REPLACE in kinds) is bool(replaces)


async def test_a_preview_runs_nothing_and_knows_no_output() -> None:
    resource = command()
    state = await resource.create(preview=True, connection={"host": UNKNOWN}, create="exit 1")
    assert (state["stdout"], state["stderr"]) == (UNKNOWN, UNKNOWN)
    state = await resource.update(preview=True, connection={"host": UNKNOWN}, create="exit 2")
    assert (state["stdout"], state["create"]) == (UNKNOWN, "exit 2")


async def test_the_environment_reaches_the_command_where_the_server_accepts_it(server: Server) -> None:
    state = await command().create(
        connection=server.connection(), create='echo "$ACCEPTED_X"', environment={"ACCEPTED_X": "a b"}
    )
    assert state["stdout"] == "a b"


async def test_an_environment_that_the_server_refuses_is_an_error(server: Server) -> None:
    with pytest.raises(ProviderError, match='could not set environment variable "REFUSED"'):
        await command().create(connection=server.connection(), create="true", environment={"REFUSED": "1"})


@pytest.mark.parametrize(("passed_on", "expected"), [(True, "[first]"), (False, "[]")])
async def test_an_update_sees_the_last_output_unless_told_not_to(
    server: Server, passed_on: bool, expected: str
) -> None:
    resource, given = command(), server.connection()
    await resource.create(connection=given, create="echo first")
    text = 'echo "[$PULUMI_COMMAND_STDOUT]"'
    state = await resource.update(connection=given, create=text, addPreviousOutputInEnv=passed_on)
    assert state["stdout"] == expected


@pytest.mark.parametrize(
    ("logging", "heard"),
    [
        (None, {"out", "err"}),
        ("stdoutAndStderr", {"out", "err"}),
        ("stdout", {"out"}),
        ("stderr", {"err"}),
        ("none", set()),
    ],
)
async def test_lines_are_heard_as_logging_says(server: Server, logging: str | None, heard: set[str]) -> None:
    provider, lines = CommandProvider(), set()
    provider.on_line = lambda _urn, _stream, line: lines.add(line)
    state = await command(provider).create(
        connection=server.connection(), create="echo out; echo err >&2", logging=logging
    )
    assert lines == heard
    assert (state["stdout"], state["stderr"]) == ("out", "err")


@pytest.mark.parametrize("limit", [0, 1, 2])
async def test_a_refused_port_is_given_up_after_the_limit_of_failures(limit: int) -> None:
    nowhere = {"host": "127.0.0.1", "port": 1, "privateKey": _key(), "dialErrorLimit": limit}
    with pytest.raises(DialFailed, match=r"127\.0\.0\.1:1") as failure:
        await command().create(connection=nowhere, create="true")
    assert failure.value.attempts == limit


async def test_a_host_that_drops_its_first_callers_is_reached_and_minus_one_never_gives_up(
    server: Server,
) -> None:
    booting = await asyncio.start_server(_relay_to(server.port, after=3), "127.0.0.1", 0)
    async with booting:
        port = booting.sockets[0].getsockname()[1]
        given = server.connection(port=port, dialErrorLimit=-1)
        assert (await command().create(connection=given, create="echo here"))["stdout"] == "here"


async def test_a_wrong_key_is_an_error_naming_the_host(server: Server) -> None:
    wrong = server.connection(privateKey=_key(), dialErrorLimit=0)
    with pytest.raises(DialFailed, match=r"127\.0\.0\.1.*Permission denied"):
        await command().create(connection=wrong, create="true")


async def test_a_malformed_key_is_an_error_at_once() -> None:
    broken = {"host": "127.0.0.1", "port": 1, "privateKey": "not a key", "dialErrorLimit": -1}
    with pytest.raises(ProviderError, match="connection to 127"):
        await command().create(connection=broken, create="true")


async def test_a_pinned_host_key_lets_its_host_in_and_no_other(server: Server) -> None:
    good = server.connection(hostKey=server.host_key)
    assert (await command().create(connection=good, create="echo in"))["stdout"] == "in"
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(DialFailed):
        await command().create(connection=server.connection(hostKey=other, dialErrorLimit=0), create="true")


async def test_a_locked_key_opens_with_its_password(server: Server) -> None:
    key = asyncssh.import_private_key(server.private_key)
    locked = key.export_private_key("pkcs8-pem", passphrase="sesame").decode()
    given = server.connection(privateKey=locked, privateKeyPassword="sesame")
    assert (await command().create(connection=given, create="echo in"))["stdout"] == "in"


async def test_a_proxy_is_passed_through(server: Server) -> None:
    through = server.connection(proxy=server.connection())
    assert (await command().create(connection=through, create="echo behind"))["stdout"] == "behind"
    assert len(server.connections) == 2


async def test_many_commands_run_at_once_each_on_a_connection_of_its_own(server: Server) -> None:
    provider = CommandProvider()
    given = server.connection()
    states = await asyncio.gather(
        *(command(provider).create(connection=given, create=f"echo {number}") for number in range(64))
    )
    assert [state["stdout"] for state in states] == [str(number) for number in range(64)]
    assert len(server.connections) >= 64


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "missing required property 'connection'"),
        ({"connection": {"user": "x"}}, "missing required property 'host'"),
        ({"connection": {"host": "h"}, "logging": "loud"}, "logging is 'loud'"),
        ({"connection": {"host": "h"}, "creat": "x"}, "'creat' is not a property"),
    ],
)
async def test_bad_inputs_are_found_by_check(inputs: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        await command().check(**inputs)


async def test_another_token_is_refused_by_name() -> None:
    with pytest.raises(ProviderError, match="has no command:local:Command"):
        await Resource(CommandProvider(), "command:local:Command").check(create="x")


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
