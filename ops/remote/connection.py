"""A node over one SSH connection: commands there, and ports of its network on this machine."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncssh

from ops.remote.stack import Login, OperatorError

_SECONDS_MOST = 60


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """How a command on a node ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def trouble(self) -> str:
        """Its last line, where a command tells why it failed."""
        lines = (self.err or self.out).splitlines()
        return lines[-1] if lines else f"a command ended with status {self.status}"


class NodeConnection:
    """A connected node; `node` is what the stack says of it."""

    def __init__(self, name: str, node: Mapping[str, Any], connection: asyncssh.SSHClientConnection) -> None:
        self.name, self.node, self._connection = name, node, connection

    @classmethod
    async def to(cls, name: str, node: Mapping[str, Any], login: Login) -> "NodeConnection":
        """Log in; raises OperatorError naming the node."""
        try:
            connection = await asyncssh.connect(
                node["address"],
                login.port,
                username=login.user,
                client_keys=[asyncssh.import_private_key(login.private_key)],
                known_hosts=([asyncssh.import_public_key(node["hostKey"])], [], []),
                agent_path=None,
                config=[],
                connect_timeout=10,
                keepalive_interval=10,
            )
        except (OSError, asyncssh.Error, asyncssh.KeyImportError) as error:
            reason = error or type(error).__name__
            raise OperatorError(f"{name}: no answer by SSH at {node['address']}: {reason}") from error
        return cls(name, node, connection)

    async def run(self, *words: str, stdin: str = "") -> CommandResult:
        """Run the command as root; raises OperatorError when the connection is lost meanwhile."""
        command = shlex.join(("sudo", "timeout", str(_SECONDS_MOST), *words))
        try:
            done = await self._connection.run(command, input=stdin)
        except (OSError, asyncssh.Error) as error:
            raise self.gone() if self.closed else OperatorError(f"{self.name}: by SSH: {error}") from error
        if done.returncode is None:
            raise self.gone()
        return CommandResult(status=done.returncode, out=str(done.stdout).strip(), err=str(done.stderr).strip())

    async def open(self, host: str, port: int, local_port: int = 0) -> int:
        """The port of this machine's loopback that from now on leads to host:port as the node sees it.

        `local_port` where that is free, any where it is not or 0.
        """
        try:
            listener = await self._connection.forward_local_port("127.0.0.1", local_port, host, port)
        except OSError:
            listener = await self._connection.forward_local_port("127.0.0.1", 0, host, port)
        return listener.get_port()

    @property
    def closed(self) -> bool:
        return bool(self._connection.is_closed())

    def gone(self) -> OperatorError:
        return OperatorError(f"{self.name}: the SSH connection to {self.node['address']} is gone")

    async def lost(self) -> None:
        """Returns when the connection is gone."""
        await self._connection.wait_closed()

    def close(self) -> None:
        self._connection.close()
