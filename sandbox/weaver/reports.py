"""The router's status pages, in the layout of weaver's own."""

import time
from collections import Counter
from collections.abc import Iterator

from sandbox.weaver import VERSION, WHAT_IT_IS
from sandbox.weaver.handshake import PROTOCOL, PROTOCOL_VERSION
from sandbox.weaver.resolver import Resolver
from sandbox.weaver.router import Router
from sandbox.weaver.targets import NEVER

_STATES = ("established", "pending", "retrying", "failed", "connecting", "waiting")
_OVERLAY = "vxlan"


class Reports:
    """The pages of one router; `mtu` 0 means the kernel's choice, and without `resolver` DNS is off."""

    def __init__(self, router: Router, *, mtu: int, resolver: Resolver | None = None) -> None:
        self._router = router
        self._resolver = resolver
        self._mesh = router.mesh
        self._mtu = mtu

    def status(self) -> str:
        topology, connections = self._mesh.topology, list(self._connections())
        states = Counter(state for _, _, state, _ in connections)
        links = sum(len(record.links) for record in topology.records.values())
        rows = {
            "Service": "router",
            "Protocol": f"{PROTOCOL} {PROTOCOL_VERSION}",
            "Name": topology.label(topology.ourself.name),
            "Encryption": "not offered by this stand-in",
            "PeerDiscovery": "enabled",
            "Targets": str(len(self._mesh.direct)),
            "Connections": f"{len(connections)}{_counted(states)}",
            "Peers": f"{len(topology.records)}" + (f" (with {links} established connections)" if links else ""),
            "TrustedSubnets": "none",
        }
        sections = [{"Version": f"{VERSION} ({WHAT_IT_IS})"}, rows]
        if self._resolver:
            sections.append(
                {
                    "Service": "dns",
                    "Domain": self._resolver.names.domain,
                    "Upstream": "none",
                    "TTL": str(self._resolver.ttl),
                    "Entries": str(len(self._resolver.names.entries())),
                }
            )
        return "\n".join("".join(f"{key:>15}: {value}\n" for key, value in rows.items()) for rows in sections)

    def targets(self) -> str:
        return "".join(f"{peer}\n" for peer in self._mesh.direct)

    def connections(self) -> str:
        return "".join(
            f"{'->' if outbound else '<-'} {address:<21} {state:<11} {info}\n"
            for outbound, address, state, info in self._connections()
        )

    def names(self) -> str | None:
        """None where DNS is off."""
        if not self._resolver:
            return None
        domain, lines = self._resolver.names.domain, []
        for entry in self._resolver.names.entries():
            host, container = entry.name.host.removesuffix(f".{domain}"), entry.name.container[:12]
            lines.append(f"{host:<12} {entry.name.address:<15} {container:>12} {entry.origin}\n")
        return "".join(lines)

    def peers(self) -> str:
        topology = self._mesh.topology
        lines = []
        for record in topology.records.values():
            lines.append(topology.label(record.name))
            for link in record.links:
                arrow = "->" if link.outbound else "<-"
                lines.append(f"   {arrow} {link.address:<21} {topology.label(link.name):<37} established")
        return "".join(f"{line}\n" for line in lines)

    def _connections(self) -> Iterator[tuple[bool, str, str, str]]:
        """Outbound?, address, state, info: of the live ones and of the targets that are not."""
        for connection in self._mesh.connections:
            label = f"{connection.peer.name}({connection.peer.nickname})"
            info = f"{'unencrypted':<11} {_OVERLAY:<6} {label}"
            yield connection.outbound, connection.address, "established", info + self._mtu_shown()
        connected = {connection.address for connection in self._mesh.connections}
        for address, target in self._mesh.targets.items():
            if address not in connected:
                info = target.error
                if target.state() == "failed":
                    info += f", retry: {_when(target.try_after)}"
                yield True, address, target.state(), info

    def _mtu_shown(self) -> str:
        return f" mtu={self._mtu}" if self._mtu else ""


def _counted(states: Counter[str]) -> str:
    shown = ", ".join(f"{states[state]} {state}" for state in _STATES if states[state])
    return f" ({shown})" if shown else ""


def _when(monotonic: float) -> str:
    if monotonic == NEVER:
        return "never"
    moment = time.time() + monotonic - time.monotonic()
    return time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC", time.gmtime(moment))
