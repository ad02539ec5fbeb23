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
    "now() { read up rest </proc/uptime; echo ${up%.*}${up#*.}; }; "
    'note() { echo "$(date +%s) $target $(($(now) - last)) $1" >>/folder/failed; }; '
    "httpd -p 80 -h /folder; n=0; silent=; last=$(now); "
    "while :; do for target in $(cat /folder/targets); do "
    "if timeout 3 wget -q -O /dev/null http://$target/targets; then "
    '[ -z "$silent" ] || note answered; silent=; last=$(now); n=$((n + 1)); echo $n >/folder/answered; '
    "else silent=yes; note failed; fi; done; sleep 0.05; done"
)
"""Of a failure, and of the first answer after it: the time, the target, and 1/100 s since the last answer."""
_ROUND = f"""
mkdir -p {_FOLDER} && cd {_FOLDER} && echo "$1" >targets
if [ "$(docker inspect -f '{{{{.State.Running}}}}' {_NAME} 2>/dev/null)" != true ]; then
  docker rm -f {_NAME} >/dev/null 2>&1
  rm -f failed answered
  docker run -d --name {_NAME} -v {_FOLDER}:/folder {PROBE} sh -c '{_LOOP}' >/dev/null || exit
fi
docker inspect -f '{{{{.Id}}}} {{{{.NetworkSettings.Networks.bridge.IPAddress}}}}' {_NAME} | grep ' 10[.]' || exit
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


@dataclass(frozen=True, kw_only=True)
class _Silence:
    moment: float
    seconds: float
    source: str
    address: str
    answered: bool


class Inside:
    """`targets`: the node whose container each node's container sends its requests to."""

    def __init__(self, stack: Stack, targets: Mapping[str, str]) -> None:
        self._nodes, self._key = stack.nodes(), LoginFiles(stack).write()
        self._targets = targets
        self._lives: dict[str, _Life] = {}
        self._silences: list[_Silence] = []

    async def run(self, stopping: asyncio.Event) -> None:
        names = {*self._targets, *self._targets.values()}
        await asyncio.gather(*(self._keep(name, stopping) for name in names))

    @property
    def answered(self) -> int:
        return sum(life.answered for life in self._lives.values())

    @property
    def failures(self) -> list[str]:
        """Those between two containers that both lived before and after; a node that changes may end its own."""
        return [
            f"{one.moment:.0f} from {self._lives[one.source].node} to {target.node}"
            for one in self._silences
            if not one.answered
            for target in self._living(one, one.moment)
        ]

    @property
    def silent(self) -> float:
        """The longest time in seconds without an answer, of which the same holds."""
        whole = (one for one in self._silences if self._living(one, one.moment - one.seconds, one.moment))
        return max((one.seconds for one in whole), default=0)

    def _living(self, silence: _Silence, *moments: float) -> list[_Life]:
        """The target, if it and the source lived at these moments."""
        source = self._lives[silence.source]
        return [
            target
            for target in self._lives.values()
            if target.address == silence.address
            and all(life.spans(moment) for life in (source, target) for moment in moments)
        ]

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
        for moment, there, hundredths, kind in map(str.split, lines[2:-1]):
            seconds, answered = int(hundredths) / 100, kind == "answered"
            self._silences.append(
                _Silence(moment=float(moment), seconds=seconds, source=own, address=there, answered=answered)
            )
