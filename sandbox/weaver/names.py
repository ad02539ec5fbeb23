"""The names of the mesh's containers: every router has all of them, and changes only its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.weaver.router import Router
from sandbox.weaver.topology import Name


def whole(name: str) -> str:
    """A DNS name with its last dot."""
    return name.rstrip(".") + "."


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A name and the router that it comes from."""

    name: Name
    origin: str


class Names:
    """The names below one domain, as this router knows them; they are compared without regard to case."""

    def __init__(self, router: Router, domain: str) -> None:
        self.domain = whole(domain)
        self._router = router

    def add(self, name: Name) -> None:
        """A name outside the domain is ignored, as weaver does it."""
        host = name.host.lower()
        if host == self.domain or host.endswith(f".{self.domain}"):
            self._router.set_names(dict.fromkeys((*self._own, name)))

    def delete(self, name: Name) -> None:
        self._router.set_names(own for own in self._own if own != name)

    def entries(self) -> list[Entry]:
        """All, in weaver's order."""

        def order(entry: Entry) -> tuple[str, ...]:
            return entry.name.host.lower(), entry.origin, entry.name.container, entry.name.address

        return sorted(self._entries(), key=order)

    def addresses(self, host: str) -> list[str]:
        return [entry.name.address for entry in self.entries() if entry.name.host.lower() == host.lower()]

    def host(self, address: str) -> str:
        """The first name of an address; empty where it has none."""
        return next((entry.name.host for entry in self.entries() if entry.name.address == address), "")

    @property
    def _own(self) -> tuple[Name, ...]:
        return self._router.mesh.topology.ourself.names

    def _entries(self) -> Iterator[Entry]:
        for record in self._router.mesh.topology.records.values():
            for name in record.names:
                yield Entry(name=name, origin=record.name)
