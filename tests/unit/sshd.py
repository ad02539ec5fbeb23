"""A real SSH server on loopback, whose commands run in a shell of this machine."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

ACCEPTED = "ACCEPTED_"  # the server's AcceptEnv: names that begin so, and what the plugin itself passes on
_PATH = "/usr/bin:/bin"


@dataclass(kw_only=True)
class Server:
    """Where it listens, the key that opens it, and the connections that it has seen."""

    address: str
    port: int
    private_key: str
    host_key: str
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def connection(self, **changes: Any) -> dict[str, Any]:
        """The `connection` input that logs in here."""
        return {"host": self.address, "port": self.port, "privateKey": self.private_key} | changes


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    user_key: asyncssh.SSHKey | None = None,
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[Server]:
    """A server while this lasts; `environ` goes over the environment of its commands."""
    user_key = user_key or asyncssh.generate_private_key("ssh-ed25519")
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    (folder / "authorized").write_bytes(user_key.export_public_key())
    seen = Server(
        address=address,
        port=port,
        private_key=user_key.export_private_key().decode(),
        host_key=host_key.export_public_key().decode(),
    )
    running: set[asyncio.Task[Any]] = set()
    listener = await asyncssh.listen(
        address,
        port,
        server_host_keys=[host_key],
        authorized_client_keys=str(folder / "authorized"),
        server_factory=_recording(seen),
        process_factory=_shell({"PATH": _PATH, **(environ or {})}, running),
        sftp_factory=True,
        encoding=None,
    )
    seen.port = listener.get_port()
    async with listener:
        yield seen
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def _recording(seen: Server) -> Callable[[], asyncssh.SSHServer]:
    class Recording(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            seen.connections.append(conn)

        def connection_requested(self, *_args: Any) -> bool:
            return True  # so that it serves as a bastion too

    return Recording


def _shell(
    environ: Mapping[str, str], running: set[asyncio.Task[Any]]
) -> Callable[["asyncssh.SSHServerProcess[bytes]"], Awaitable[None]]:
    """What runs a command; its task is in `running` meanwhile, and takes the shell along when it is cancelled."""

    async def run(process: "asyncssh.SSHServerProcess[bytes]") -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        task.add_done_callback(running.discard)
        accepted = {
            name: value for name, value in process.env.items() if name.startswith((ACCEPTED, "PULUMI_COMMAND_STDOUT"))
        }
        child = await asyncio.create_subprocess_exec(
            *("sh", "-c", process.command or ""),
            env={**environ, **accepted},
            start_new_session=True,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        feeding = asyncio.ensure_future(_pump(process.stdin, child.stdin))
        try:
            await asyncio.gather(_pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr))
            status = await child.wait()
        finally:
            feeding.cancel()
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        if status < 0:
            process.exit_with_signal("KILL")
        else:
            process.exit(status)

    return run


async def _pump(source: Any, sink: Any) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        if isinstance(sink, asyncio.StreamWriter):  # the child's stdin: it waits for the end of it
            sink.close()
