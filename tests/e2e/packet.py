"""Send a packet from one network namespace to another, and print whether it arrived. Needs root.

`python packet.py JSON`, with a Packet's fields. The sockets are below every filter of the two namespaces, so only
what is between them decides. An ARP request follows the packet: once that has arrived, the packet will not.
"""

import ctypes
import ipaddress
import json
import secrets
import socket
import struct
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

IPV4, ARP, EVERY = 0x0800, 0x0806, 0x0003
TCP, UDP, ICMP, ESP = socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP, socket.IPPROTO_ESP
SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Packet:
    """From `device` in the namespace `source` ("": this machine's) to the namespace `target`, whose NIC has `mac`.

    `number` is the port of TCP and UDP, and 256 times the type plus the code of ICMP.
    """

    source: str
    device: str
    sender: str
    target: str
    receiver: str
    mac: str
    protocol: int
    number: int = 0

    @property
    def command(self) -> list[str]:
        return [sys.executable, __file__, json.dumps(asdict(self))]


def _checksum(content: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _segment(packet: Packet) -> bytes:
    """What is in the IP packet. A new port or number each time, so that it belongs to no connection yet."""
    own = secrets.randbelow(20000) + 40000
    ends = ipaddress.IPv4Address(packet.sender).packed + ipaddress.IPv4Address(packet.receiver).packed
    if packet.protocol == TCP:
        start = struct.pack("!HHLLBBH", own, packet.number, secrets.randbits(32), 0, 5 << 4, 0x02, 1024)
        total = _checksum(ends + struct.pack("!HH", TCP, 20) + start + bytes(4))
        return start + struct.pack("!HH", total, 0)
    if packet.protocol == UDP:
        return struct.pack("!HHHH", own, packet.number, 12, 0) + bytes(4)
    if packet.protocol == ICMP:
        rest = struct.pack("!HH", own, 1) + bytes(8)
        return struct.pack("!HH", packet.number, _checksum(struct.pack("!HH", packet.number, 0) + rest)) + rest
    return struct.pack("!LL", own, 1) + bytes(16)


def _frames(packet: Packet, mark: bytes) -> list[bytes]:
    """The packet, whose IP header has `mark` as its identification; and the ARP request, which has it too."""
    ends = ipaddress.IPv4Address(packet.sender).packed + ipaddress.IPv4Address(packet.receiver).packed
    segment = _segment(packet)
    before = struct.pack("!BBH", 0x45, 0, 20 + len(segment)) + mark + struct.pack("!HBB", 0, 64, packet.protocol)
    header = before + struct.pack("!H", _checksum(before + bytes(2) + ends)) + ends
    origin = bytes.fromhex("02000000") + mark
    arp = struct.pack("!HHBBH", 1, IPV4, 6, 4, 1) + origin + bytes(10) + bytes([169, 254]) + mark
    return [
        bytes.fromhex(packet.mac.replace(":", "")) + origin + struct.pack("!H", IPV4) + header + segment,
        b"\xff" * 6 + origin + struct.pack("!H", ARP) + arp,
    ]


def _socket(netns: str, device: str) -> socket.socket:
    """One that sends and receives whole frames in a namespace, to which this process goes; "" is where it is."""
    if netns:
        with Path("/run/netns", netns).open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0):
                raise OSError(ctypes.get_errno(), f"cannot enter the namespace {netns}")
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY))
    made.bind((device, 0))
    made.settimeout(SECONDS)
    return made


def arrives(packet: Packet) -> bool:
    """Raises TimeoutError where not even the ARP request does."""
    mark = secrets.token_bytes(2)
    sent = _frames(packet, mark)
    with _socket(packet.source, packet.device) as here, _socket(packet.target, "eth0") as there:
        for frame in sent:
            here.send(frame)
        arrived = False
        while not (frame := there.recv(65535)).startswith(sent[1]):
            arrived |= frame.startswith(sent[0])
        return arrived


if __name__ == "__main__":
    print("arrived" if arrives(Packet(**json.loads(sys.argv[1]))) else "dropped")
