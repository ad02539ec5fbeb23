"""The routers of the mesh, their connections and their names, as every router reports of itself.

Only a router itself writes its record; the others pass it on. A newer one (`uid` is when the router
started, `version` counts its changes) takes the older one's place, and a router that cannot be reached
through connections is forgotten.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Link:
    """One connection as one end sees it; `address` is the other end's IP:PORT."""

    name: str
    address: str
    outbound: bool


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name of a container; `host` is a whole DNS name with its last dot."""

    host: str
    container: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """The report of one router; `names` are those of its own containers."""

    name: str
    nickname: str
    uid: int
    version: int = 0
    links: tuple[Link, ...] = ()
    names: tuple[Name, ...] = ()

    def is_newer_than(self, other: "Record | None") -> bool:
        return other is None or (self.uid, self.version) > (other.uid, other.version)


class Topology:
    """Every record that this router knows, its own among them."""

    def __init__(self, ourself: Record) -> None:
        self._name = ourself.name
        self.records: dict[str, Record] = {ourself.name: ourself}

    @property
    def ourself(self) -> Record:
        return self.records[self._name]

    def label(self, name: str) -> str:
        """NAME(NICKNAME), as weave writes a peer."""
        record = self.records.get(name)
        return f"{name}({record.nickname if record else ''})"

    def set_links(self, links: Iterable[Link]) -> bool:
        """Writes our own record; returns whether that changed anything."""
        wanted = tuple(sorted(links, key=lambda link: (link.name, link.address)))
        changed = self._write(replace(self.ourself, links=wanted))
        self._forget_unreachable()
        return changed

    def set_names(self, names: Iterable[Name]) -> bool:
        """As set_links."""
        return self._write(replace(self.ourself, names=tuple(names)))

    def _write(self, record: Record) -> bool:
        if record == self.ourself:
            return False
        self.records[self._name] = replace(record, version=record.version + 1)
        return True

    def merge(self, records: Iterable[Record]) -> list[Record]:
        """Takes in the newer ones and returns them, to be passed on."""
        news = [
            record
            for record in records
            if record.name != self._name and record.is_newer_than(self.records.get(record.name))
        ]
        self.records.update((record.name, record) for record in news)
        self._forget_unreachable()
        return [record for record in news if record.name in self.records]

    def _forget_unreachable(self) -> None:
        reached, frontier = {self._name}, [self._name]
        while frontier:
            for link in self.records[frontier.pop()].links:
                if link.name in self.records and link.name not in reached:
                    reached.add(link.name)
                    frontier.append(link.name)
        self.records = {name: record for name, record in self.records.items() if name in reached}

    def hearsay(self, connected: Iterable[str], port: int) -> set[str]:
        """Addresses, as IP:PORT, of peers that others have and we do not."""
        known = {self._name, *connected}
        found = set()
        for record in self.records.values():
            for link in record.links:
                if record.name == self._name or link.name in known:
                    continue
                # The far port of a connection that came in is the caller's own: try the router's port.
                found.add(link.address if link.outbound else f"{link.address.rpartition(':')[0]}:{port}")
        return found


def to_wire(record: Record) -> dict[str, Any]:
    return asdict(record)


def from_wire(data: dict[str, Any]) -> Record:
    """Raises KeyError or TypeError for what is not a record."""
    links = tuple(Link(**link) for link in data["links"])
    names = tuple(Name(**name) for name in data["names"])
    return Record(**{**data, "links": links, "names": names})
