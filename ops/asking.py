"""The demonstration's questions from inside: from a node, and from a container on another host."""

import json
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from infra.gate import PROBE
from ops.app import UnmetError
from ops.hop import Hop

_ROUND = 20
_ROUNDS = 5
# Not wget's own -T: Debian's static busybox dies of it.
_FETCH = ("timeout", "10", "wget", "-q", "-O", "-")


class Asking:
    """`hops` are all nodes, connected, by name."""

    def __init__(self, hops: Mapping[str, Hop]) -> None:
        self._hops = hops

    def owner(self, address: str) -> str:
        """The node that has this private address, or the container with this one; empty for neither."""
        plain = ip_address(address.partition(":")[0])
        for name, hop in self._hops.items():
            if str(plain) == hop.node["privateAddress"] or plain in ip_network(hop.node["containers"]):
                return name
        return ""

    async def by_address(self, address: str) -> list[str]:
        """A sentence for each answer, from a node and from a container elsewhere; raises UnmetError."""
        own = self.owner(address)
        if not own:
            raise UnmetError("an address of some node's containers", address)
        elsewhere = next((name for name in reversed(list(self._hops)) if name != own), own)
        url = f"http://{address}/"
        told = []
        for how, where, words in (
            ("the node", own, ("curl", "-sS", "--fail", "--max-time", "10", url)),
            ("the node", elsewhere, ("curl", "-sS", "--fail", "--max-time", "10", url)),
            ("a container on", elsewhere, ("docker", "run", "--rm", PROBE, *_FETCH, url)),
        ):
            container = await self._container(where, *words)
            told.append(f"{address} on {own}, asked from {how} {where}: {container} answers")
        return told

    async def _container(self, where: str, *words: str) -> str:
        status, said = await self._hops[where].run(*words)
        try:
            return str(json.loads(said)["container"]) if status == 0 else self._refused(where, said)
        except (ValueError, KeyError, TypeError):
            return self._refused(where, said)

    def _refused(self, where: str, said: str) -> str:
        raise UnmetError("an answer that names its container", f"on {where}: {said[-300:] or 'nothing'}")

    async def by_name(self, url: str, instances: int) -> dict[str, int]:
        """How often each container answered, once all have; raises UnmetError. Asked from a slave's container."""
        where = next(name for name, hop in self._hops.items() if hop.node["role"] == "slave")
        ask = f"for i in $(seq {_ROUND}); do {' '.join(_FETCH)} {url} || exit; done"
        seen: dict[str, int] = {}
        for _ in range(_ROUNDS):
            status, said = await self._hops[where].run("docker", "run", "--rm", PROBE, "sh", "-c", ask)
            if status != 0:
                raise UnmetError(f"{_ROUND} answers from {url} in a container on {where}", said[-300:] or "nothing")
            for container in re.findall(r'"container":"([^"]*)"', said):
                seen[container] = seen.get(container, 0) + 1
            if len(seen) >= instances:
                return seen
        raise UnmetError(f"answers of {instances} instances from {url}", seen)
