"""A client's connection, and the one to the target that it is passed on to."""

import asyncio
import socket
import struct
from contextlib import suppress

_CHUNK = 1 << 16
_CONNECT_SECONDS = 10.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Flow:
    """Bytes pass in both directions until each end has closed its own."""

    def __init__(self, client: Ends) -> None:
        self._client = client
        self._writers = [client[1]]

    async def run(self, host: str, port: int) -> None:
        """As by a packet's forwarder: a target that refuses or breaks off does the same to the client."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                server = await asyncio.open_connection(host, port)
            self._writers.append(server[1])
            await asyncio.gather(_pass_on(self._client, server), _pass_on(server, self._client))
            for writer in self._writers:
                writer.close()
        except OSError:  # TimeoutError is one, and every error of TLS
            self.reset()

    def reset(self) -> None:
        """End both connections at once, so that both ends notice."""
        for writer in self._writers:
            reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection with a TCP RST."""
    if found := writer.get_extra_info("socket"):
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


async def _pass_on(source: Ends, sink: Ends) -> None:
    while data := await source[0].read(_CHUNK):
        sink[1].write(data)
        await sink[1].drain()
    if sink[1].can_write_eof():
        with suppress(OSError):  # the other end has closed both of its directions
            sink[1].write_eof()
    else:
        sink[1].close()  # TLS has no half of a connection
