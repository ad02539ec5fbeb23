"""One node over SSH: commands on it, and ports of its network on this machine."""

import shlex
from dataclasses import dataclass

import asyncssh

from ops.remote.errors import OperatorError
from ops.remote.node import Machine, Node

_COMMAND_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """How a command on a node ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def reason(self) -> str:
        """Why the command failed: the last line that it printed."""
        lines = (self.err or self.out).splitlines()
        return lines[-1] if lines else f"a command ended with status {self.status}"


async def log_in(
    machine: Machine, private_key: str, tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """Connect to a machine, through `tunnel` if there is one; raises OperatorError with its name and address."""
    try:
        return await asyncssh.connect(
            machine.host,
            machine.port,
            tunnel=tunnel or (),
            username=machine.user,
            client_keys=[asyncssh.import_private_key(private_key)],
            known_hosts=([asyncssh.import_public_key(machine.host_key)], [], []),
            agent_path=None,
            config=[],
            connect_timeout=10,
            keepalive_interval=10,
        )
    except (OSError, asyncssh.Error, asyncssh.KeyImportError) as error:
        reason = str(error) or type(error).__name__
        raise OperatorError(f"{machine.name}: no SSH connection to {machine.host}: {reason}") from error


class NodeConnection:
    """An open SSH connection to a node."""

    def __init__(self, node: Node, ssh: asyncssh.SSHClientConnection) -> None:
        self.node, self._ssh = node, ssh

    @classmethod
    async def open(
        cls, node: Node, private_key: str, tunnel: asyncssh.SSHClientConnection | None = None
    ) -> "NodeConnection":
        """Log in, through `tunnel` if there is one; raises OperatorError with the node's name and address."""
        return cls(node, await log_in(node, private_key, tunnel))

    async def run(self, *words: str, stdin: str = "", seconds: int = _COMMAND_SECONDS) -> CommandResult:
        """Run a command as root, for `seconds` at most; raises OperatorError if the connection is lost."""
        command = shlex.join(("sudo", "timeout", str(seconds), *words))
        try:
            done = await self._ssh.run(command, input=stdin)
        except (OSError, asyncssh.Error) as error:
            if self.closed:
                raise self.lost_error() from error
            raise OperatorError(f"{self.node.name}: the SSH connection failed: {error}") from error
        if done.returncode is None:
            raise self.lost_error()
        return CommandResult(status=done.returncode, out=str(done.stdout).strip(), err=str(done.stderr).strip())

    async def forward(self, host: str, port: int, local_port: int = 0) -> int:
        """Forward a port of this machine's loopback to host:port as the node sees it, and return its number.

        It is `local_port` if that is free; any other if it is taken or 0.
        """
        try:
            listener = await self._ssh.forward_local_port("127.0.0.1", local_port, host, port)
        except OSError:
            listener = await self._ssh.forward_local_port("127.0.0.1", 0, host, port)
        return listener.get_port()

    @property
    def closed(self) -> bool:
        return bool(self._ssh.is_closed())

    def lost_error(self) -> OperatorError:
        return OperatorError(f"{self.node.name}: the SSH connection to {self.node.host} is lost")

    async def wait_until_lost(self) -> None:
        await self._ssh.wait_closed()

    def close(self) -> None:
        self._ssh.close()
