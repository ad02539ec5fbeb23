"""One run of a command on a host: its input, what it printed, how it ended."""

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sandbox.providers.command.connection import Connection, dial
from sandbox.providers.failure import CommandFailed, ProviderError

if TYPE_CHECKING:
    import asyncssh


async def run(connection: Connection, name: str, command: str, stdin: str) -> dict[str, str]:
    """Its stdout and stderr, without the last newline. `name` is the resource's, for an error.

    Raises CommandFailed for any end except exit status 0, ProviderError without a connection and for output that is
    not UTF-8.
    """
    chunks: list[tuple[str, bytes]] = []
    async with dial(connection) as client:
        process = await _run_to_the_end(client, command, stdin, chunks)
    if process is None or process.exit_status != 0:
        output = _bytes(chunks, "stdout", "stderr").decode(errors="replace")
        raise _failure(name, output, process)
    try:
        return {stream: _bytes(chunks, stream).decode().removesuffix("\n") for stream in ("stdout", "stderr")}
    except UnicodeDecodeError as error:
        # So does the real plugin: `grpc: error while marshaling: string field contains invalid UTF-8`.
        raise ProviderError(
            f"{name} ran, but its output is not UTF-8: {error.reason} at byte {error.start}"
        ) from None


async def _run_to_the_end(
    client: "asyncssh.SSHClientConnection", command: str, stdin: str, chunks: list[tuple[str, bytes]]
) -> "asyncssh.SSHClientProcess[bytes] | None":
    """None when the link dropped on the way. `chunks` grows in the order in which both streams arrive."""
    import asyncssh

    async def collect(stream: str, reader: Any) -> None:
        while chunk := await reader.read(65536):
            chunks.append((stream, chunk))

    try:
        process = await client.create_process(command, encoding=None)
        await asyncio.gather(
            _feed(process.stdin, stdin), collect("stdout", process.stdout), collect("stderr", process.stderr)
        )
        await process.wait_closed()
    except (asyncssh.Error, OSError):
        return None
    return process


async def _feed(writer: Any, text: str) -> None:
    """A command may end without reading all of its input."""
    with suppress(BrokenPipeError, ConnectionError):
        if text:
            writer.write(text.encode())
            await writer.drain()
        writer.write_eof()


def _bytes(chunks: list[tuple[str, bytes]], *streams: str) -> bytes:
    return b"".join(chunk for stream, chunk in chunks if stream in streams)


def _failure(name: str, output: str, process: "asyncssh.SSHClientProcess[bytes] | None") -> CommandFailed:
    if process is None:
        return CommandFailed(name=name, output=output, exit_status=None)
    if process.exit_signal is None:
        return CommandFailed(name=name, output=output, exit_status=process.exit_status)
    ended_by = process.exit_signal[0]
    number = getattr(signal, f"SIG{ended_by}", 0)
    return CommandFailed(name=name, output=output, exit_status=128 + number, signal=ended_by)
