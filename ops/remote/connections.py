"""The connections to all of a stack's nodes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from typing import Any

from ops.remote.connection import NodeConnection
from ops.remote.stack import Login, OperatorError


class NodeConnections:
    """Connections to a stack's nodes, each made when it is first asked for."""

    def __init__(self, nodes: Mapping[str, Mapping[str, Any]], login: Login) -> None:
        self.nodes, self._login = nodes, login
        self._made: dict[str, NodeConnection] = {}
        self._refused: dict[str, OperatorError] = {}

    def owner(self, address: str) -> str:
        """The node that has this private address, or the container with this one; empty for neither."""
        plain = ip_address(address.partition(":")[0])
        for name, node in self.nodes.items():
            if str(plain) == node["privateAddress"] or plain in ip_network(node["containers"]):
                return name
        return ""

    async def to(self, name: str) -> NodeConnection:
        """Raises OperatorError; a node that did not answer once is not dialled again."""
        if name in self._refused:
            raise self._refused[name]
        if name not in self._made:
            try:
                self._made[name] = await NodeConnection.to(name, self.nodes[name], self._login)
            except OperatorError as error:
                self._refused[name] = error
                raise
        return self._made[name]

    async def lost(self) -> OperatorError:
        """Returns when one of those that are made is gone, with what there is to say of it."""
        waits = {asyncio.ensure_future(connection.lost()): connection for connection in self._made.values()}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return waits[done.pop()].gone()

    @asynccontextmanager
    async def fail_when_lost(self) -> AsyncIterator[None]:
        """What is done inside needs all of them, and ends with an OperatorError as soon as one is gone."""

        async def end(bound: asyncio.Timeout) -> None:
            await self.lost()
            bound.reschedule(0)

        try:
            async with asyncio.timeout(None) as bound:
                watch = asyncio.ensure_future(end(bound))
                try:
                    yield
                finally:
                    watch.cancel()
        except Exception as error:
            for connection in self._made.values():
                if connection.closed:
                    raise connection.gone() from error
            raise

    def close(self) -> None:
        for connection in self._made.values():
            connection.close()
