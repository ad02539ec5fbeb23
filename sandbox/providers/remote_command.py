"""One run of a command on a host: its input, its environment, what it printed, how it ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.providers.connection import Connection, dial
from sandbox.providers.failure import CommandFailed, ProviderError

if TYPE_CHECKING:
    import asyncssh

_SIGNALS = {"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "SEGV": 11, "PIPE": 13}
_SIGNALS |= {"ALRM": 14, "TERM": 15}


@dataclass(frozen=True, kw_only=True)
class RemoteCommand:
    """What to run, and the name of its resource.

    `environment` must be accepted by sshd or the run fails; `hoped_for` may be refused.
    """

    name: str
    command: str
    connection: Connection
    stdin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    hoped_for: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What a command that ended well printed, without the last newline."""

    stdout: str
    stderr: str


async def run(command: RemoteCommand) -> Printed:
    """Runs it.

    Raises DialFailed, CommandFailed (any ending but status 0) or ProviderError (a refused environment).
    """
    output = _Output()
    async with dial(command.connection) as client:
        await _check_environment(client, command.environment)
        process = await _run_to_the_end(client, command, output)
        if process is None or process.exit_status != 0:
            raise _failure(command.name, output.merged(), process)
    return Printed(stdout=output.text("stdout"), stderr=output.text("stderr"))


async def _run_to_the_end(
    client: "asyncssh.SSHClientConnection", command: RemoteCommand, output: "_Output"
) -> "asyncssh.SSHClientProcess[bytes] | None":
    """None when the link dropped on the way."""
    import asyncssh

    environment = {**command.hoped_for, **command.environment}
    try:
        process = await client.create_process(command.command, env=environment, encoding=None)
        await asyncio.gather(
            _feed(process.stdin, command.stdin),
            output.collect("stdout", process.stdout),
            output.collect("stderr", process.stderr),
        )
        await process.wait_closed()
    except (asyncssh.Error, OSError):
        return None
    return process


class _Output:
    """Both streams, apart and in the order in which they arrived."""

    def __init__(self) -> None:
        self._chunks: list[tuple[str, bytes]] = []

    async def collect(self, stream: str, reader: Any) -> None:
        while chunk := await reader.read(65536):
            self._chunks.append((stream, chunk))

    def merged(self) -> str:
        return b"".join(chunk for _, chunk in self._chunks).decode(errors="replace")

    def text(self, stream: str) -> str:
        whole = b"".join(chunk for name, chunk in self._chunks if name == stream)
        return whole.decode(errors="replace").removesuffix("\n")


async def _feed(writer: Any, text: str) -> None:
    """A command that ends without reading all of its input is no error of ours."""
    try:
        if text:
            writer.write(text.encode())
            await writer.drain()
        writer.write_eof()
    except (BrokenPipeError, ConnectionError):
        pass


async def _check_environment(client: "asyncssh.SSHClientConnection", wanted: Mapping[str, str]) -> None:
    """SSH lets a server drop a variable in silence, and sshd does unless AcceptEnv names it: look first."""
    if not wanted:
        return
    seen = await client.run("env -0", env=dict(wanted), encoding="utf-8", errors="replace")
    variables = set(str(seen.stdout).split("\0"))
    for name, value in wanted.items():
        if f"{name}={value}" not in variables:
            raise ProviderError(
                f'could not set environment variable "{name}": the SSH server refuses it (AcceptEnv); '
                f"write {name}=... in front of the command, or pass it by stdin"
            )


def _failure(name: str, output: str, process: "asyncssh.SSHClientProcess[bytes] | None") -> CommandFailed:
    if process is None:
        return CommandFailed(name=name, output=output, exit_status=None)
    if process.exit_signal is not None:
        name = process.exit_signal[0]
        return CommandFailed(name=name, output=output, exit_status=128 + _SIGNALS.get(name, 0), signal=name)
    return CommandFailed(name=name, output=output, exit_status=process.exit_status)
