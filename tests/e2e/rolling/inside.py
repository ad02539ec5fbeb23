"""Requests from a container to one on another node, over the weave network, while both of them live."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from infra.services.gate import PROBE
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.remote.stack import Stack

_PAUSE = 2.0
_GRACE = 1.0  # the containers' clock has whole seconds
_NAME, _FOLDER = "apollo-rolling", "/run/apollo-rolling"
_LOOP = (
    "httpd -p 80 -h /folder; n=0; while :; do for target in $(cat /folder/targets); do "
    "if timeout 3 wget -q -O /dev/null http://$target/targets; then n=$((n + 1)); echo $n >/folder/answered; "
    'else echo "$(date +%s) $target" >>/folder/failed; fi; done; sleep 0.05; done'
)
_ROUND = f"""
mkdir -p {_FOLDER} && cd {_FOLDER} && echo "$1" >targets
if [ "$(docker inspect -f '{{{{.State.Running}}}}' {_NAME} 2>/dev/null)" != true ]; then
  docker rm -f {_NAME} >/dev/null 2>&1
  rm -f failed answered
  docker run -d --name {_NAME} -v {_FOLDER}:/folder {PROBE} sh -c '{_LOOP}' >/dev/null || exit
fi
docker inspect -f '{{{{.Id}}}} {{{{.NetworkSettings.Networks.bridge.IPAddress}}}}' {_NAME}
cat answered 2>/dev/null || echo 0
mv failed reported 2>/dev/null && cat reported
date +%s
"""


@dataclass
class _Life:
    """A container: where it is, how many answers it got, and when it was first and last seen, by its node's clock."""

    node: str
    address: str
    first: float
    last: float
    answered: int = 0

    def spans(self, moment: float) -> bool:
        return self.first + _GRACE <= moment <= self.last - _GRACE


class Inside:
    """`targets`: the node whose container each node's container sends its requests to."""

    def __init__(self, stack: Stack, targets: Mapping[str, str]) -> None:
        self._nodes, self._key = stack.nodes(), LoginFiles(stack).write()
        self._targets = targets
        self._lives: dict[str, _Life] = {}
        self._failed: list[tuple[float, str, str]] = []

    async def run(self, stopping: asyncio.Event) -> None:
        names = {*self._targets, *self._targets.values()}
        await asyncio.gather(*(self._keep(name, stopping) for name in names))

    @property
    def answered(self) -> int:
        return sum(life.answered for life in self._lives.values())

    @property
    def failures(self) -> list[str]:
        """Those between two containers that both lived before and after; a node that changes may end its own."""
        found = []
        for moment, own, address in self._failed:
            source = self._lives[own]
            there = [one for one in self._lives.values() if one.address == address and one.spans(moment)]
            if there and source.spans(moment):
                found.append(f"{moment:.0f} from {source.node} to {there[0].node}")
        return found

    async def _keep(self, name: str, stopping: asyncio.Event) -> None:
        """Let the node have its container, for as long as it can be logged in to, and again when it can be."""
        while not stopping.is_set():
            try:
                with closing(NodeConnections({name: self._nodes[name]}, self._key)) as connections:
                    while not stopping.is_set():
                        await self._round(name, connections)
                        await asyncio.sleep(_PAUSE)
            except OperatorError:
                await asyncio.sleep(_PAUSE)

    async def _round(self, name: str, connections: NodeConnections) -> None:
        target = self._targets.get(name, "")
        latest = [one for one in self._lives.values() if one.node == target][-1:]
        words = ("bash", "-c", _ROUND, "round", latest[0].address if latest else "")
        result = await (await connections.to(name)).run(*words)
        if result.status or len(lines := result.out.splitlines()) < 3:
            return
        own, address = lines[0].split()
        now = float(lines[-1])
        life = self._lives.setdefault(own, _Life(name, address, now, now))
        life.last, life.answered = now, int(lines[1] or 0)
        self._failed += [(float(line.split()[0]), own, line.split()[1]) for line in lines[2:-1]]
