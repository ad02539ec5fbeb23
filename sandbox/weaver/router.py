"""The router at work: it listens, dials, passes news on, and keeps the data path up to date."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable
from typing import Any

from sandbox.weaver.handshake import LONGEST_MESSAGE, Refused, Wire, shake_hands
from sandbox.weaver.link import Connection
from sandbox.weaver.mesh import Mesh
from sandbox.weaver.topology import Name, Record
from sandbox.weaver.vxlan import DataPath, NoDataPath

log = logging.getLogger("weaver")

_DIAL = 10.0  # seconds
_GATHER = 0.02  # seconds in which news is gathered before it is sent


class Ended(Refused):
    """A connection had come up, and is gone."""


class Router:
    """One router in one event loop."""

    def __init__(self, mesh: Mesh, data_path: DataPath, key: bytes) -> None:
        self.mesh = mesh
        self._data_path = data_path
        self._key = key
        self._news: dict[str, Record] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._look_again: asyncio.TimerHandle | None = None

    async def listen(self, port: int) -> None:
        """Raises OSError when the port is taken."""
        server = await asyncio.start_server(self._accept, "0.0.0.0", port, limit=LONGEST_MESSAGE)  # noqa: S104 - as the router does
        self._keep(server.serve_forever())

    def connect(self, peers: Iterable[str], *, replace: bool = False) -> list[str]:
        errors = self.mesh.connect(peers, replace=replace)
        self.look()
        return errors

    def forget(self, peers: Iterable[str]) -> None:
        self.mesh.forget(peers)
        self.look()

    def set_names(self, names: Iterable[Name]) -> None:
        """Replaces the names of this router's containers, and sends them to the mesh."""
        if self.mesh.topology.set_names(names):
            self._pass_on([self.mesh.topology.ourself])

    def look(self) -> None:
        """Dials the peers that are due, and looks again when the next one is."""
        if self._look_again:
            self._look_again.cancel()
            self._look_again = None
        now = time.monotonic()
        due, later = self.mesh.due(now)
        for address in due:
            self._keep(self._dial(address))
        if later != float("inf"):
            self._look_again = asyncio.get_running_loop().call_later(later - now, self.look)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ip, port = writer.get_extra_info("peername")[:2]
        address = f"{ip}:{port}"
        try:
            await self._attend(Wire(reader=reader, writer=writer), address, dialled=False)
        except Refused as error:
            log.info("->[%s] connection shutting down: %s", address, error)
        finally:
            writer.close()

    async def _dial(self, address: str) -> None:
        log.info("->[%s] attempting connection", address)
        host, _, port = address.rpartition(":")
        target = self.mesh.targets[address]
        try:
            opening = asyncio.open_connection(host, int(port), limit=LONGEST_MESSAGE)
            reader, writer = await asyncio.wait_for(opening, _DIAL)
        except OSError as error:
            reason = "timed out" if isinstance(error, TimeoutError) else error.strerror or str(error)
            target.try_later(f"dial tcp {address}: {reason.lower()}")
            log.info("->[%s] error during connection attempt: %s", address, target.error)
            self.look()
            return
        try:
            await self._attend(Wire(reader=reader, writer=writer), address, dialled=True)
        except Ended as error:
            target.ended(str(error))
        except Refused as error:
            (target.try_never if error.for_good else target.try_later)(str(error))
        finally:
            writer.close()
        log.info("->[%s] connection shutting down: %s", address, target.error)
        self.look()

    async def _attend(self, wire: Wire, address: str, *, dialled: bool) -> None:
        """From the handshake to the end, which is a Refused, or Ended once it had come up."""
        hello = await shake_hands(wire, self.mesh.topology.ourself, self._key, dialled=dialled)
        connection = Connection(wire=wire, address=address, outbound=dialled, peer=hello)
        reason, loser = self.mesh.complaint_about(connection)
        if reason:
            connection.refuse(reason)
            await connection.carry(lambda _records: None)
        if loser:
            self._take_out(loser)
            loser.refuse("a better connection to the same peer came up")
        self._take_in(connection)
        try:
            await connection.carry(self._hear)
        except Refused as error:
            raise Ended(str(error)) from error
        finally:
            self._take_out(connection)

    def _take_in(self, connection: Connection) -> None:
        log.info("->[%s|%s] connection fully established", connection.address, connection.peer.nickname)
        self.mesh.connections.append(connection)
        peer = connection.peer
        fresh = Record(name=peer.name, nickname=peer.nickname, uid=peer.uid)
        self.mesh.topology.records.setdefault(peer.name, fresh)
        connection.send(self.mesh.topology.records.values())
        self._changed()

    def _take_out(self, connection: Connection) -> None:
        if connection in self.mesh.connections:
            self.mesh.connections.remove(connection)
            self._changed()

    def _changed(self) -> None:
        topology = self.mesh.topology
        if topology.set_links(connection.as_link() for connection in self.mesh.connections):
            self._pass_on([topology.ourself])
        try:
            self._data_path.set_peers({connection.ip for connection in self.mesh.connections})
        except NoDataPath as error:
            log.warning("%s", error)
        self.look()

    def _hear(self, records: list[Record]) -> None:
        if news := self.mesh.topology.merge(records):
            self._pass_on(news)
            self.look()

    def _pass_on(self, records: Iterable[Record]) -> None:
        if not self._news:
            asyncio.get_running_loop().call_later(_GATHER, self._send_news)
        self._news.update((record.name, record) for record in records)

    def _send_news(self) -> None:
        records, self._news = list(self._news.values()), {}
        for connection in self.mesh.connections:
            connection.send(records)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
