"""One node over one SSH connection: commands there, and ports of its network on this machine."""

import shlex
from collections.abc import Mapping
from typing import Any

import asyncssh

from ops.stack import OperatorError

_SECONDS_MOST = 60


class Hop:
    """A connected node; `node` is what the stack says of it."""

    def __init__(self, name: str, node: Mapping[str, Any], connection: asyncssh.SSHClientConnection) -> None:
        self.name, self.node, self._connection = name, node, connection

    @classmethod
    async def to(cls, name: str, node: Mapping[str, Any], private_key: str) -> "Hop":
        """Log in; raises OperatorError naming the node."""
        try:
            connection = await asyncssh.connect(
                node["address"],
                username=node["login"],
                client_keys=[asyncssh.import_private_key(private_key)],
                known_hosts=None,
                agent_path=None,
                config=[],
                connect_timeout=10,
                keepalive_interval=15,
            )
        except (OSError, asyncssh.Error) as error:
            reason = error or type(error).__name__
            raise OperatorError(f"{name}: no answer by SSH at {node['address']}: {reason}") from error
        return cls(name, node, connection)

    async def run(self, *words: str) -> tuple[int, str]:
        """Exit status and what the command printed, as root."""
        command = shlex.join(("sudo", "timeout", str(_SECONDS_MOST), *words))
        done = await self._connection.run(command, stderr=asyncssh.STDOUT)
        status = done.exit_status
        return (status if status is not None else -1), str(done.stdout).strip()

    async def open(self, host: str, port: int, local_port: int = 0) -> int:
        """The port of this machine's loopback that from now on leads to host:port as the node sees it.

        `local_port` where that is free, any where it is not or 0.
        """
        try:
            listener = await self._connection.forward_local_port("127.0.0.1", local_port, host, port)
        except OSError:
            listener = await self._connection.forward_local_port("127.0.0.1", 0, host, port)
        return listener.get_port()

    async def lost(self) -> None:
        """Returns when the connection is gone."""
        await self._connection.wait_closed()

    def close(self) -> None:
        self._connection.close()
