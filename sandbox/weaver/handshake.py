"""The first messages of two routers: their names, and the proof that both have the password.

Lines of JSON. Each side sends a hello with a fresh nonce, then a proof: an HMAC with the password's key
over both nonces, both names and the side it takes. What follows on the connection is not encrypted.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.weaver.topology import Record

PROTOCOL = "weave-standin"
PROTOCOL_VERSION = 2
LONGEST_MESSAGE = 1 << 24  # bytes
_TIME = 10.0  # seconds for the whole exchange
_ROUNDS = 20_000


class Refused(Exception):  # noqa: N818
    """No connection with this peer, for this reason; `for_good` where another try can't succeed."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


@dataclass(frozen=True, kw_only=True)
class Hello:
    """The first message of a side."""

    protocol: str
    version: int
    name: str
    nickname: str
    uid: int
    nonce: str
    has_password: bool


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One TCP connection, message by message."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, message: dict[str, Any]) -> None:
        """Raises Refused when the other side has closed."""
        try:
            self.writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
            await self.writer.drain()
        except OSError as error:
            raise Refused(str(error)) from error

    async def receive(self, seconds: float) -> dict[str, Any]:
        """The next message; Refused at the end, after `seconds` of silence, or for what is not a message."""
        try:
            line = await asyncio.wait_for(self.reader.readline(), seconds)
        except TimeoutError:
            raise Refused(f"no message for {seconds:.0f} s") from None
        except (OSError, ValueError) as error:
            raise Refused(str(error)) from error
        if not line.endswith(b"\n"):
            raise Refused("connection closed by the other side")
        try:
            message = json.loads(line)
        except ValueError:
            raise Refused("remote protocol not recognised: is it this stand-in, too?") from None
        if not isinstance(message, dict):
            raise Refused("remote protocol not recognised")
        return message

    def close(self) -> None:
        self.writer.close()


def key_of(password: str) -> bytes:
    """b"" for no password."""
    if not password:
        return b""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), PROTOCOL.encode(), _ROUNDS)


async def shake_hands(wire: Wire, ourself: Record, key: bytes, *, dialled: bool) -> Hello:
    """The other side's hello, once both have proved themselves. Raises Refused."""
    ours = Hello(
        protocol=PROTOCOL,
        version=PROTOCOL_VERSION,
        name=ourself.name,
        nickname=ourself.nickname,
        uid=ourself.uid,
        nonce=secrets.token_hex(16),
        has_password=bool(key),
    )
    await wire.send(asdict(ours))
    theirs = _hello(await wire.receive(_TIME))
    if theirs.name == ours.name:
        if theirs.uid == ours.uid:
            raise Refused("cannot connect to ourself", for_good=True)
        raise Refused(f"the peer has our own name {ours.name}: each bridge needs its own MAC")
    if ours.has_password and not theirs.has_password:
        raise Refused("password specified, but peer requested an unencrypted connection")
    if theirs.has_password and not ours.has_password:
        raise Refused("no password specified, but peer requested an encrypted connection")
    await _prove(wire, ours, theirs, key, dialled)
    return theirs


async def _prove(wire: Wire, ours: Hello, theirs: Hello, key: bytes, dialled: bool) -> None:
    """Both send before either judges, so that each learns the reason."""
    if not key:
        return
    sides = ("dialled", "answered") if dialled else ("answered", "dialled")
    await wire.send({"proof": _proof(key, sides[0], ours, theirs)})
    claimed = (await wire.receive(_TIME)).get("proof")
    if not hmac.compare_digest(str(claimed), _proof(key, sides[1], theirs, ours)):
        raise Refused("the passwords differ: the peer could not prove that it has ours")


def _proof(key: bytes, side: str, prover: Hello, verifier: Hello) -> str:
    text = "|".join((side, prover.name, prover.nonce, verifier.name, verifier.nonce))
    return hmac.digest(key, text.encode(), "sha256").hex()


def _hello(message: dict[str, Any]) -> Hello:
    try:
        hello = Hello(**message)
    except TypeError:
        raise Refused("remote protocol not recognised: is it this stand-in, too?") from None
    if (hello.protocol, hello.version) != (PROTOCOL, PROTOCOL_VERSION):
        raise Refused(f"remote speaks {hello.protocol} {hello.version}, not {PROTOCOL} {PROTOCOL_VERSION}")
    return hello
