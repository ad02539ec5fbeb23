"""Consul's gossip key and tokens: what every agent uses, and that the old one is refused."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from infra.services.consul import HTTP
from infra.services.consul_access import management_token
from infra.services.gate import HEALTH
from infra.steps.templates import render
from ops.remote.errors import OperatorError
from ops.remote.waiting import Timeouts
from ops.rotate.rotation import Cluster, every_node

_ALIVE = 1
_COORDINATES_SECONDS = 90
VALUES: Mapping[str, Any] = {"http": HTTP, "management_token": management_token()}
"""What the scripts in templates/rotate/ receive."""


async def every_member(cluster: Cluster) -> Sequence[str]:
    """As every_node, and whether Consul's agent on each of them is a member that answers."""
    await every_node(cluster)
    printed = await _run(cluster, _first_master(cluster), "curl", "-sS", "--fail", f"{HTTP}/v1/agent/members")
    alive = {member["Name"] for member in json.loads(printed) if member["Status"] == _ALIVE}
    if away := [name for name in cluster.connections.nodes if name not in alive]:
        raise OperatorError(
            f"Consul's agent does not answer on {', '.join(away)}, which would keep the old secret: bring it up "
            "(`docker logs consul` on the node has the reason) or replace the node, then run this again"
        )
    return []


async def verify_gossip(cluster: Cluster) -> Sequence[str]:
    first, nodes = _first_master(cluster), len(cluster.connections.nodes)
    await every_member(cluster)
    counts = json.loads(await _script(cluster, first, "keyring.sh", cluster.new))
    if counts != {"keys": 1, "agents": nodes, "have": nodes, "use": nodes}:
        raise OperatorError(
            f"{first}: of {nodes} nodes, {counts['agents']} are in Consul's keyring, {counts['have']} have the new "
            f"key and {counts['use']} use it, and there are {counts['keys']} keys: `make up`, then run this again"
        )
    await _healthy(cluster)
    return [f"the keyring of all {nodes} agents has the new key alone, and every service is healthy"]


async def verify_agent_token(cluster: Cluster) -> Sequence[str]:
    names = cluster.connections.nodes
    await _tokens(cluster, dict.fromkeys(names, cluster.new))
    if len(names) > 1:  # an agent alone has no coordinates
        await _agents_write(cluster)
    return [
        f"Consul accepts the new token on all {len(names)} nodes, and refuses the old one (403)",
        "every agent writes with the new token; no node has the old one in a file below /etc",
    ]


async def _agents_write(cluster: Cluster) -> None:
    """Each running agent writes its network coordinates by its token, about every 20 s."""
    before = await _coordinates(cluster)

    def silent(now: Mapping[str, Any]) -> str:
        return ", ".join(name for name in cluster.connections.nodes if now.get(name) == before.get(name))

    await Timeouts(poll=3).until(
        lambda: _coordinates(cluster),
        lambda now: not silent(now),
        "coordinates from every agent of Consul",
        seconds=_COORDINATES_SECONDS,
        describe=lambda now: f"none from {silent(now)}",
        remedy="`docker logs consul` there has the reason",
    )


async def _coordinates(cluster: Cluster) -> Mapping[str, Any]:
    url = f"{HTTP}/v1/coordinate/nodes"
    printed = await _run(cluster, _first_master(cluster), "curl", "-sS", "--fail", url)
    return {entry["Node"]: entry["Coord"] for entry in json.loads(printed)}


async def verify_management_token(cluster: Cluster) -> Sequence[str]:
    first = _first_master(cluster)
    await _tokens(cluster, {name: cluster.new if name == first else "" for name in cluster.connections.nodes})
    return [
        f"Consul accepts the new token on {first}, and refuses the old one on every node (403)",
        "no node has the old token in a file below /etc, and every service is healthy",
    ]


async def _tokens(cluster: Cluster, accepted: Mapping[str, str]) -> None:
    """By node, the token that Consul has to accept there, or an empty text."""
    await asyncio.gather(
        *(_script(cluster, name, "token.sh", f"{cluster.old}\n{new}\n") for name, new in accepted.items())
    )
    await _healthy(cluster)


async def _healthy(cluster: Cluster) -> None:
    names = list(cluster.connections.nodes)
    printed = await asyncio.gather(*(_run(cluster, name, PurePath(HEALTH).name) for name in names))
    lines = ((name, line) for name, text in zip(names, printed, strict=True) for line in text.splitlines())
    if wrong := [f"{name}: {line.partition('=')[2]}" for name, line in lines if not line.endswith("=ok")]:
        raise OperatorError("\n".join((*wrong, "remove the cause, then run this again")))


def _first_master(cluster: Cluster) -> str:
    return next(name for name, node in cluster.connections.nodes.items() if node.role == "master")


async def _script(cluster: Cluster, name: str, template: str, stdin: str) -> str:
    text = render(f"rotate/{template}", **VALUES)
    return await _run(cluster, name, "bash", "-c", text, stdin=stdin)


async def _run(cluster: Cluster, name: str, *words: str, stdin: str = "") -> str:
    """What a command prints as root; raises OperatorError with the node's name and the command's last line."""
    done = await (await cluster.connections.to(name)).run(*words, stdin=stdin)
    if done.status != 0:
        raise OperatorError(f"{name}: {done.reason}")
    return done.out
