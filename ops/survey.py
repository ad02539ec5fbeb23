"""What every node says of its part of the network, and whether its containers reach those of all others."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from infra.gate import HEALTH, PROBE
from infra.templates import render

_SECONDS_MOST = 60


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
    """One node, over one connection of its own."""

    def __init__(self, name: str, node: Mapping[str, Any], private_key: str) -> None:
        self.name, self.node, self._key = name, node, private_key
        self.trouble = ""
        self._connection: asyncssh.SSHClientConnection | None = None

    async def run(self, template: str, **values: Any) -> list[str]:
        """Lines of what a script of templates/status/ prints as root; empty, with `trouble` set, where it failed.

        A node that did not answer once is not dialled again.
        """
        if self.trouble and self._connection is None:
            return []
        try:
            async with asyncio.timeout(_SECONDS_MOST):
                connection = await self._connect()
                done = await connection.run("sudo bash", input=render(f"status/{template}", **values))
        except (OSError, asyncssh.Error) as error:
            self._failed(f"no answer by SSH at {self.node['address']}: {error or type(error).__name__}")
            return []
        if done.exit_status != 0:
            said = str(done.stderr).strip() or str(done.stdout).strip()
            self._failed((said.splitlines() or [f"a command ended with status {done.exit_status}"])[-1])
            return []
        return str(done.stdout).splitlines()

    def _failed(self, trouble: str) -> None:
        """The first trouble is the cause; the rest follow from it."""
        self.trouble = self.trouble or trouble

    async def _connect(self) -> asyncssh.SSHClientConnection:
        if self._connection is None:
            self._connection = await asyncssh.connect(
                self.node["address"],
                username=self.node["login"],
                client_keys=[asyncssh.import_private_key(self._key)],
                known_hosts=None,
                agent_path=None,
                config=[],
                connect_timeout=10,
            )
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


async def survey(nodes: Mapping[str, Mapping[str, Any]], private_key: str) -> list[Finding]:
    """Ask all nodes at once; a container on each answers HTTP on port 80 for as long as that takes."""
    asked = [_Asked(name, node, private_key) for name, node in nodes.items()]
    probe = f"apollo-status-{secrets.token_hex(3)}"
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
        for one in asked:
            one.close()
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
