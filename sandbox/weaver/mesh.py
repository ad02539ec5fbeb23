"""The connections that this router should have, and has: its targets, its direct peers, the peers of peers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.weaver.link import Connection
from sandbox.weaver.targets import Target, resolve
from sandbox.weaver.topology import Topology


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A direct peer as given on the command line or to /connect."""

    ip: str
    port: int
    with_port: bool

    @property
    def address(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(kw_only=True)
class Mesh:
    """The state that status pages show. `limit` 0 means no limit of connections."""

    topology: Topology
    port: int
    limit: int = 0
    direct: dict[str, Peer] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)

    def connect(self, given: Iterable[str], *, replace: bool = False) -> list[str]:
        """Adds direct peers (or replaces the others by them); returns the errors."""
        found: dict[str, Peer] = {}
        errors = []
        for peer in given:
            try:
                ip, port = resolve(peer, self.port)
                found[peer] = Peer(ip=ip, port=port, with_port=":" in peer)
            except (ValueError, OSError) as error:
                errors.append(str(error) if isinstance(error, ValueError) else f"lookup {peer}: {error}")
        self.direct = found if replace else {**self.direct, **found}
        for address in (peer.address for peer in found.values()):
            if (target := self.targets.get(address)) and not target.dialling:
                target.try_now()
        return errors

    def forget(self, given: Iterable[str]) -> None:
        """These are dialled no longer; a live connection stays."""
        for peer in given:
            self.direct.pop(peer, None)

    def wanted(self) -> set[str]:
        """Addresses that we are not connected to and should be."""
        connected = {connection.address for connection in self.connections}
        callers = {connection.ip for connection in self.connections if not connection.outbound}
        wanted = {peer.address for peer in self.direct.values() if peer.with_port or peer.ip not in callers}
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
        if self.limit and len(self.connections) >= self.limit:
            return f"Connection limit reached ({self.limit})", None
        return "", None
