"""Each node's part of the network and its services, and whether its containers reach those of all others."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from infra.services.gate import HEALTH, PROBE
from infra.steps.templates import render
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One node's state; `failure` says why it could not be surveyed, and is empty if it could.

    `connected` maps each node to which the router is connected to the connection's data path: fastdp or sleeve.
    `services` maps each service of the node to its problem, or to "ok". `reached` maps each node to whether its
    container answered this node's container over HTTP.
    """

    name: str
    index: int
    bridge: str
    failure: str = ""
    router: str = ""
    connected: Mapping[str, str] = field(default_factory=dict)
    unconnected: frozenset[str] = frozenset()
    services: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, bool] = field(default_factory=dict)

    @property
    def problems(self) -> Mapping[str, str]:
        """The problem of each service that has one."""
        return {name: problem for name, problem in self.services.items() if problem != "ok"}

    @property
    def unreached(self) -> frozenset[str]:
        """The nodes to which a connection is missing, of the routers or of the containers."""
        return self.unconnected | {name for name, answered in self.reached.items() if not answered}

    @property
    def well(self) -> bool:
        return not (self.failure or self.problems or self.unreached)


class _Surveyed:
    """One node during the survey; `failure` is the first one, because the others follow from it."""

    def __init__(self, name: str, connections: NodeConnections) -> None:
        self.name, self.node, self._connections = name, connections.nodes[name], connections
        self.failure = ""

    async def run(self, *words: str, stdin: str = "") -> list[str]:
        """The lines that a command prints as root; empty, with `failure` set, if it fails."""
        try:
            result = await (await self._connections.to(self.name)).run(*words, stdin=stdin)
        except OperatorError as error:
            self.failure = self.failure or str(error).removeprefix(f"{self.name}: ")
            return []
        if result.status != 0:
            self.failure = self.failure or result.reason
            return []
        return result.out.splitlines()

    async def script(self, template: str, **values: Any) -> list[str]:
        """The lines that a script of templates/status/ prints."""
        return await self.run("bash", stdin=render(f"status/{template}", **values))


async def survey(connections: NodeConnections) -> list[Finding]:
    """Survey all nodes at once; meanwhile a container on each answers HTTP on port 80."""
    probe = f"apollo-status-{secrets.token_hex(3)}"
    nodes = [_Surveyed(name, connections) for name in connections.nodes]
    try:
        starts = await asyncio.gather(
            *(
                node.script("start.sh", name=node.name, probe=probe, image=PROBE, bridge=node.node.bridge)
                for node in nodes
            )
        )
        facts = {node.name: _parsed(lines) for node, lines in zip(nodes, starts, strict=True)}
        targets = {name: found["container"] for name, found in facts.items() if found}
        answers = await asyncio.gather(
            *(node.script("reach.sh", probe=probe, targets=targets) for node in nodes if facts[node.name])
        )
        answered = dict(zip((node.name for node in nodes if facts[node.name]), answers, strict=True))
        healths = await asyncio.gather(*(node.run(PurePath(HEALTH).name) for node in nodes))
    finally:
        await asyncio.gather(*(node.script("stop.sh", probe=probe) for node in nodes))
    return [
        _finding(node, facts[node.name], set(answered.get(node.name, ())), _parsed(services), nodes)
        for node, services in zip(nodes, healths, strict=True)
    ]


def _parsed(lines: Sequence[str]) -> dict[str, str]:
    """From lines of NAME=VALUE."""
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _finding(
    node: _Surveyed,
    facts: Mapping[str, str],
    answered: set[str],
    services: Mapping[str, str],
    nodes: Sequence[_Surveyed],
) -> Finding:
    others = {other.name for other in nodes} - {node.name}
    pairs = (word.partition(":") for word in facts.get("connected", "").split())
    connected = {name: data_path for name, _, data_path in pairs if name in others}
    return Finding(
        name=node.name,
        index=node.node.index,
        bridge=node.node.bridge,
        failure=node.failure,
        router=facts.get("router", ""),
        connected=connected,
        unconnected=frozenset(others - connected.keys()),
        services=services,
        reached={} if node.failure else {other.name: other.name in answered for other in nodes},
    )
