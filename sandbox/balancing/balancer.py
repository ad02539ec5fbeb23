"""A load balancer at work: it follows one order after another, and keeps its connections over them."""

import asyncio
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sandbox.balancing.flow import reset
from sandbox.balancing.spec import Listener, Order, Report
from sandbox.balancing.targets import Group


@dataclass(frozen=True, kw_only=True)
class _Open:
    listener: Listener
    server: asyncio.Server


class Balancer:
    """`report` is called with each new report."""

    def __init__(self, report: Callable[[Report], None]) -> None:
        self._send = report
        self._problem = ""
        self._groups: dict[str, Group] = {}
        self._open: dict[tuple[str, int], _Open] = {}

    async def follow(self, order: Order) -> None:
        wanted = {group.name: group for group in order.groups}
        for name in self._groups.keys() - wanted.keys():
            self._groups.pop(name).end()
        for name, group in wanted.items():
            if name in self._groups:
                self._groups[name].follow(group)
            else:
                self._groups[name] = Group(group, self._report)
        try:
            await self._listen(order)
            self._problem = ""
        except OSError as problem:  # an error of TLS is one too
            self._problem = str(problem)
        self._report()

    async def _listen(self, order: Order) -> None:
        wanted = {
            (zone, listener.port): (str(address), listener)
            for listener in order.listeners
            for zone, address in order.addresses.items()
        }
        for place, found in list(self._open.items()):
            if place not in wanted or wanted[place][1] != found.listener:
                del self._open[place]
                found.server.close()  # its connections stay
        for place, (address, listener) in wanted.items():
            if place not in self._open:
                accept = partial(self._accept, listener.group, place[0])
                tls = _tls(listener) if listener.certificate else None
                server = await asyncio.start_server(accept, address, listener.port, ssl=tls)
                self._open[place] = _Open(listener=listener, server=server)

    async def _accept(
        self, group: str, zone: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if found := self._groups.get(group):
            await found.accept(zone, (reader, writer))
        else:
            reset(writer)

    def _report(self) -> None:
        health = (each for group in self._groups.values() for each in group.health())
        self._send(Report(problem=self._problem, health=tuple(health)))


def _tls(listener: Listener) -> ssl.SSLContext:
    """TLS 1.2 and 1.3, as by the policies that AWS recommends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile("w") as file:  # for its owner alone; ssl reads keys from files only
        file.write(f"{listener.key}\n{listener.certificate}\n")
        file.flush()
        context.load_cert_chain(file.name)
    return context
