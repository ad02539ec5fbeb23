"""The demonstration's questions from inside: from a node, and from a container on another host."""

import json
import re
from collections.abc import Sequence

from infra.services.gate import PROBE
from ops.remote.connections import NodeConnections
from ops.remote.waiting import UnmetError

_ROUND = 20
_ROUNDS = 5
# Not wget's own -T: Debian's static busybox dies of it.
_FETCH = ("timeout", "10", "wget", "-q", "-O", "-")


class Probes:
    def __init__(self, connections: NodeConnections) -> None:
        self._hops = connections

    async def by_address(self, address: str) -> list[str]:
        """A sentence for each answer, from a node and from a container elsewhere; raises UnmetError."""
        own = self._hops.owner(address)
        if not own:
            raise UnmetError("an address of some node's containers", address)
        elsewhere = next((name for name in reversed(list(self._hops.nodes)) if name != own), own)
        url = f"http://{address}/"
        told = []
        for how, where, words in (
            ("the node", own, ("curl", "-sS", "--fail", "--max-time", "10", url)),
            ("the node", elsewhere, ("curl", "-sS", "--fail", "--max-time", "10", url)),
            ("a container on", elsewhere, ("docker", "run", "--rm", PROBE, *_FETCH, url)),
        ):
            container = await self._container(where, url, words)
            told.append(f"{address} on {own}, asked from {how} {where}: {container} answers")
        return told

    async def _container(self, where: str, url: str, words: Sequence[str]) -> str:
        said = await (await self._hops.to(where)).run(*words)
        try:
            if said.status == 0:
                return str(json.loads(said.out)["container"])
        except (ValueError, KeyError, TypeError):
            pass
        raise UnmetError(f"an answer from {url} on {where} that names its container", said.trouble)

    async def by_name(self, url: str, instances: int) -> dict[str, int]:
        """How often each container answered, once all have; raises UnmetError. Asked from a slave's container."""
        where = next(name for name, node in self._hops.nodes.items() if node["role"] == "slave")
        ask = f"for i in $(seq {_ROUND}); do {' '.join(_FETCH)} {url} || exit; done"
        seen: dict[str, int] = {}
        for _ in range(_ROUNDS):
            said = await (await self._hops.to(where)).run("docker", "run", "--rm", PROBE, "sh", "-c", ask)
            if said.status != 0:
                raise UnmetError(f"{_ROUND} answers from {url} in a container on {where}", said.trouble)
            for container in re.findall(r'"container": *"([^"]*)"', said.out):
                seen[container] = seen.get(container, 0) + 1
            if len(seen) >= instances:
                return seen
        raise UnmetError(f"answers of {instances} instances from {url}", seen)
