"""SSH connections to all nodes of a stack."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import asyncssh

from ops.remote.connection import NodeConnection, log_in
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.remote.node import Machine, Node
from ops.remote.stack import Stack


class NodeConnections:
    """Connections to nodes, by their names; each opens at its first use."""

    def __init__(self, nodes: Mapping[str, Node], private_key: str) -> None:
        self.nodes, self._private_key = nodes, private_key
        self._open: dict[str, NodeConnection] = {}
        self._failed: dict[str, OperatorError] = {}
        self._tunnels: dict[Machine, asyncio.Task[asyncssh.SSHClientConnection]] = {}

    @classmethod
    def of(cls, stack: Stack) -> "NodeConnections":
        """Also writes the stack's files in .keys/; raises OperatorError if it has no nodes or no key."""
        return cls(stack.nodes(), LoginFiles(stack).write())

    def owner(self, address: str) -> str:
        """The node that has this private address, or a container with this address; empty if no node has."""
        plain = ip_address(address.partition(":")[0])
        for name, node in self.nodes.items():
            if str(plain) == node.private_address or plain in ip_network(node.containers):
                return name
        return ""

    async def to(self, name: str) -> NodeConnection:
        """Raises OperatorError; a node is dialled once, and its failure is raised again."""
        if name in self._failed:
            raise self._failed[name]
        if name not in self._open:
            try:
                self._open[name] = await self._opened(self.nodes[name])
            except OperatorError as error:
                self._failed[name] = error
                raise
        return self._open[name]

    async def _opened(self, node: Node) -> NodeConnection:
        tunnel = await self._tunnel(node.proxy) if node.proxy else None
        return await NodeConnection.open(node, self._private_key, tunnel)

    async def _tunnel(self, proxy: Machine) -> asyncssh.SSHClientConnection:
        """The connection to a bastion: one for all nodes, also for those that open theirs at the same time."""
        if proxy not in self._tunnels:
            self._tunnels[proxy] = asyncio.ensure_future(log_in(proxy, self._private_key))
        return await asyncio.shield(self._tunnels[proxy])

    async def wait_until_one_is_lost(self) -> OperatorError:
        """The error that names the first open connection to be lost."""
        waits = {asyncio.ensure_future(each.wait_until_lost()): each for each in self._open.values()}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return waits[done.pop()].lost_error()

    @asynccontextmanager
    async def fail_when_lost(self) -> AsyncIterator[None]:
        """Interrupt the body with an OperatorError as soon as one of the open connections is lost."""

        async def interrupt(bound: asyncio.Timeout) -> None:
            await self.wait_until_one_is_lost()
            bound.reschedule(0)

        try:
            async with asyncio.timeout(None) as bound:
                watch = asyncio.ensure_future(interrupt(bound))
                try:
                    yield
                finally:
                    watch.cancel()
        except Exception as error:
            for connection in self._open.values():
                if connection.closed:
                    raise connection.lost_error() from error
            raise

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()
        for tunnel in self._tunnels.values():
            if tunnel.done() and not tunnel.cancelled() and not tunnel.exception():
                tunnel.result().close()
            tunnel.cancel()
