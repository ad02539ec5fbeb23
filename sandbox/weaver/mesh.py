"""The connections that this router should have, and has: its targets, its direct peers, the peers of peers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from sandbox.weaver.link import Connection
from sandbox.weaver.targets import Target
from sandbox.weaver.topology import Topology


@dataclass(kw_only=True)
class Mesh:
    """The state that status pages show. `direct` are the IPv4 addresses of the command line and of /connect."""

    topology: Topology
    port: int
    direct: list[str] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)

    def connect(self, given: Iterable[str], *, replace: bool = False) -> list[str]:
        """Adds direct peers (or replaces the others by them); returns the errors."""
        peers = list(given)
        found = [peer for peer in peers if is_address(peer)]
        self.direct = list(dict.fromkeys(found if replace else [*self.direct, *found]))
        for peer in found:
            if (target := self.targets.get(f"{peer}:{self.port}")) and not target.dialling:
                target.try_now()
        return [f"this stand-in has no peer {peer!r}: give IPv4 addresses" for peer in peers if peer not in found]

    def forget(self, given: Iterable[str]) -> None:
        """These are dialled no longer; a live connection stays."""
        gone = set(given)
        self.direct = [peer for peer in self.direct if peer not in gone]

    def wanted(self) -> set[str]:
        """Addresses that we are not connected to and should be."""
        connected = {connection.address for connection in self.connections}
        callers = {connection.ip for connection in self.connections if not connection.outbound}
        wanted = {f"{peer}:{self.port}" for peer in self.direct if peer not in callers}
        names = (connection.peer.name for connection in self.connections)
        wanted |= self.topology.hearsay(names, self.port)
        return wanted - connected

    def due(self, now: float) -> tuple[list[str], float]:
        """The addresses to dial now, marked as dialling, and when to look again."""
        wanted = self.wanted()
        self.targets = {
            address: target for address, target in self.targets.items() if target.dialling or address in wanted
        }
        for address in wanted - self.targets.keys():
            self.targets[address] = Target(try_after=now)
        waiting = {address: target for address, target in self.targets.items() if not target.dialling}
        due = [address for address, target in waiting.items() if target.try_after <= now]
        for address in due:
            self.targets[address].dialling = True
        later = (target.try_after for target in waiting.values() if target.try_after > now)
        return due, min(later, default=float("inf"))

    def complaint_about(self, new: Connection) -> tuple[str, Connection | None]:
        """Why `new` cannot be taken in ("" when it can), and which one must go for it."""
        for old in self.connections:
            if old.peer.name == new.peer.name:
                ours = self.topology.ourself.name
                reason = f"Multiple connections to {new.peer.name}({new.peer.nickname}) added to {ours}"
                return ("", old) if new.beats(old, ours) else (reason, None)
        return "", None


def is_address(text: str) -> bool:
    """Whether it is an IPv4 address."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
