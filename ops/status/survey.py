"""What every node says of its part of the network, and whether its containers reach those of all others."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from infra.services.gate import HEALTH, PROBE
from infra.steps.templates import render
from ops.remote.connections import NodeConnections
from ops.remote.stack import Login, OperatorError


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One node as found; `trouble` says why it could not be asked, and nothing when it could.

    `services` has what is wrong with each service of the node, and "ok" for one that is well. `reached` has, for
    each node whose container was asked for its name over HTTP, whether that answered.
    """

    name: str
    index: int
    bridge: str
    trouble: str = ""
    router: str = ""
    connected: frozenset[str] = frozenset()
    unconnected: frozenset[str] = frozenset()
    services: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, bool] = field(default_factory=dict)

    @property
    def unwell(self) -> Mapping[str, str]:
        """The services that are not well, with the reason."""
        return {name: problem for name, problem in self.services.items() if problem != "ok"}

    @property
    def well(self) -> bool:
        return not (self.trouble or self.unconnected or self.unwell) and all(self.reached.values())


class _Asked:
    """One node; the first trouble with it is the cause, and the rest follow from it."""

    def __init__(self, name: str, connections: NodeConnections) -> None:
        self.name, self.node, self._hops = name, connections.nodes[name], connections
        self.trouble = ""

    async def run(self, template: str, **values: Any) -> list[str]:
        """Lines of what a script of templates/status/ prints as root; empty, with `trouble` set, where it failed."""
        try:
            connection = await self._hops.to(self.name)
            said = await connection.run("bash", stdin=render(f"status/{template}", **values))
        except OperatorError as error:
            self.trouble = self.trouble or str(error).removeprefix(f"{self.name}: ")
            return []
        if said.status != 0:
            self.trouble = self.trouble or said.trouble
            return []
        return said.out.splitlines()


async def survey(nodes: Mapping[str, Mapping[str, Any]], login: Login) -> list[Finding]:
    """Ask all nodes at once; a container on each answers HTTP on port 80 for as long as that takes."""
    probe = f"apollo-status-{secrets.token_hex(3)}"
    with closing(NodeConnections(nodes, login)) as connections:
        asked = [_Asked(name, connections) for name in nodes]
        try:
            starts = await asyncio.gather(
                *(
                    one.run("start.sh", name=one.name, probe=probe, image=PROBE, bridge=one.node["bridge"])
                    for one in asked
                )
            )
            facts = {one.name: _parsed(lines) for one, lines in zip(asked, starts, strict=True)}
            targets = {name: found["container"] for name, found in facts.items() if found}
            answers = await asyncio.gather(
                *(one.run("fetch.sh", probe=probe, targets=targets) if facts[one.name] else _none() for one in asked)
            )
            healths = await asyncio.gather(*(one.run("health.sh", health=HEALTH) for one in asked))
        finally:
            await asyncio.gather(*(one.run("stop.sh", probe=probe) for one in asked))
    return [
        _finding(one, facts[one.name], set(lines), _parsed(services), asked)
        for one, lines, services in zip(asked, answers, healths, strict=True)
    ]


def _parsed(lines: list[str]) -> dict[str, str]:
    """From lines of NAME=VALUE."""
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


async def _none() -> list[str]:
    return []


def _finding(
    one: _Asked, facts: Mapping[str, str], answered: set[str], services: Mapping[str, str], asked: list[_Asked]
) -> Finding:
    others = {other.name for other in asked} - {one.name}
    connected = others & set(facts.get("connected", "").split())
    return Finding(
        name=one.name,
        index=one.node["index"],
        bridge=one.node["bridge"],
        trouble=one.trouble,
        router=facts.get("router", ""),
        connected=frozenset(connected),
        unconnected=frozenset(others - connected),
        services=services,
        reached={} if one.trouble else {other.name: other.name in answered for other in asked},
    )
