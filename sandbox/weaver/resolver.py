"""Answers DNS questions from the names of the mesh, as weaver does; it queries no other resolver."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, cast

from dnslib import PTR, QTYPE, RCODE, RR, A, DNSError, DNSRecord

from sandbox.weaver.names import Names

_PLAIN_LIMIT = 512  # bytes by UDP, unless the question allows more
_REVERSE = ".in-addr.arpa."
_TIME = 10.0  # seconds for the next question of a TCP connection


class Resolver:
    """`address` is the HOST:PORT where it listens, by UDP and TCP; `ttl` is in seconds."""

    def __init__(self, names: Names, *, address: str, ttl: int) -> None:
        self.names = names
        self.address = address
        self.ttl = ttl

    async def listen(self) -> None:
        """Raises OSError, or ValueError for a wrong address."""
        host, colon, port = self.address.rpartition(":")
        if not colon or not port.isdigit():
            raise ValueError(f'invalid DNS listen address "{self.address}"')
        self._server = await asyncio.start_server(self._serve, host, int(port))
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: _Datagrams(self.answer), (host, self.port))

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    def answer(self, question: bytes, limit: int = 0) -> bytes:
        """The answer, cut to `limit` bytes (0: whole) unless the question allows more. Raises DNSError."""
        request = DNSRecord.parse(question)
        code, answers = self._found(str(request.q.qname), request.q.qtype)
        reply = request.reply(aa=int(code == RCODE.NOERROR))
        reply.header.rcode = code
        for answer in answers:
            reply.add_answer(RR(request.q.qname, answer[0], rdata=answer[1], ttl=self.ttl))
        if limit:
            limit = max([limit, *(extra.edns_len for extra in request.ar if extra.rtype == QTYPE.OPT)])
            while len(reply.pack()) > limit:
                reply.rr.pop()
                reply.header.tc = 1
        return bytes(reply.pack())

    def _found(self, asked: str, kind: int) -> tuple[int, Sequence[tuple[int, Any]]]:
        """The code, and the answers as pairs of type and data."""
        if asked.lower().endswith(_REVERSE):
            return self._reverse(asked, kind)
        plain = asked.count(".") == 1
        if not plain and not f".{asked}".lower().endswith(f".{self.names.domain}"):
            return RCODE.SERVFAIL, ()
        addresses = self.names.addresses(f"{asked}{self.names.domain}" if plain else asked)
        if not addresses:
            return RCODE.NXDOMAIN, ()
        random.shuffle(addresses)
        return RCODE.NOERROR, [(QTYPE.A, A(address)) for address in addresses] if kind == QTYPE.A else ()

    def _reverse(self, asked: str, kind: int) -> tuple[int, Sequence[tuple[int, Any]]]:
        if kind != QTYPE.PTR:
            return RCODE.NXDOMAIN, ()
        host = self.names.host(".".join(reversed(asked.lower().removesuffix(_REVERSE).split("."))))
        return (RCODE.NOERROR, [(QTYPE.PTR, PTR(host))]) if host else (RCODE.SERVFAIL, ())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), _TIME), "big")
                answer = self.answer(await asyncio.wait_for(reader.readexactly(length), _TIME))
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (EOFError, OSError, DNSError):
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes, int], bytes]) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        try:
            self._transport.sendto(self._answer(data, _PLAIN_LIMIT), address)
        except DNSError:
            return
