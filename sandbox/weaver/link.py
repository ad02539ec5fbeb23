"""One connection to a peer, once both have shaken hands: it carries records and heartbeats."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.weaver.handshake import Hello, Refused, Wire
from sandbox.weaver.topology import Link, Record, from_wire, to_wire

HEARTBEAT = 5.0  # seconds without another message
SILENCE = 20.0  # seconds without a message after which the peer counts as dead


@dataclass(eq=False, kw_only=True)
class Connection:
    """`address` is the other end's IP:PORT, `outbound` whether we dialled."""

    wire: Wire
    address: str
    outbound: bool
    peer: Hello
    _waiting: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    @property
    def ip(self) -> str:
        return self.address.rpartition(":")[0]

    def as_link(self) -> Link:
        return Link(name=self.peer.name, address=self.address, outbound=self.outbound)

    def beats(self, other: "Connection", our_name: str) -> bool:
        """Of two connections to one peer, both ends keep the one that the lower name dialled; of two
        from the same side the newer, since the older is a ghost."""
        if self.outbound == other.outbound:
            return True
        return (our_name if self.outbound else self.peer.name) < (our_name if other.outbound else other.peer.name)

    def send(self, records: Iterable[Record]) -> None:
        self._waiting.put_nowait({"records": [to_wire(record) for record in records]})

    def refuse(self, reason: str) -> None:
        """Sends the reason and closes; the other end shows it."""
        self._waiting.put_nowait({"refused": reason})

    async def carry(self, hear: Callable[[list[Record]], None]) -> None:
        """Runs until the end of the connection, which is always a Refused with the reason."""
        sending = asyncio.ensure_future(self._send())
        receiving = asyncio.ensure_future(self._receive(hear))
        try:
            done, _ = await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            sending.cancel()
            receiving.cancel()
            self.wire.close()

    async def _send(self) -> None:
        while True:
            try:
                message = await asyncio.wait_for(self._waiting.get(), HEARTBEAT)
            except TimeoutError:
                message = {"heartbeat": True}
            await self.wire.send(message)
            if "refused" in message:
                raise Refused(message["refused"])

    async def _receive(self, hear: Callable[[list[Record]], None]) -> None:
        while True:
            message = await self.wire.receive(SILENCE)
            if "refused" in message:
                raise Refused(str(message["refused"]))
            try:
                hear([from_wire(record) for record in message.get("records", ())])
            except (KeyError, TypeError) as error:
                raise Refused(f"not understood: {error!r}") from error
