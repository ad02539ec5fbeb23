"""The Weave password: every router runs with the new one, and has connections to all others."""

import asyncio
import re
from collections.abc import Sequence

from infra.steps.templates import render
from ops.remote.errors import OperatorError
from ops.rotate.rotation import Cluster
from ops.status.settling import settled
from ops.status.survey import Finding, survey


async def verify(cluster: Cluster) -> Sequence[str]:
    """A router proves its password to each peer, so one that has the old password connects to none of these."""
    names = cluster.connections.nodes
    encrypted = cluster.stack.config("weaveEncryption") != "preferred"
    await asyncio.gather(*(_router(cluster, name, encrypted=encrypted) for name in names))
    findings = await settled(lambda: survey(cluster.connections), print)
    if wrong := [f"{found.name}: {_problem(found)}" for found in findings if not found.well]:
        raise OperatorError("\n".join((*wrong, "`make status` shows more")))
    each = "encrypted" if encrypted else "established (weaveEncryption is preferred)"
    return [
        f"the routers of all {len(names)} nodes run with the new password alone",
        f"each of them is connected to all others, every connection is {each}, and the containers reach each other",
    ]


def _problem(found: Finding) -> str:
    if found.failure or found.problems:
        return found.failure or "; ".join(found.problems.values())
    return f"no connection to {', '.join(sorted(found.unreached))}"


async def _router(cluster: Cluster, name: str, *, encrypted: bool) -> None:
    script = render("rotate/router.sh")
    done = await (await cluster.connections.to(name)).run("bash", "-c", script, stdin=cluster.new)
    if done.status != 0:
        raise OperatorError(f"{name}: {done.reason}")
    if encrypted and (plain := re.search(r"established +unencrypted.*", done.out)):
        raise OperatorError(f"{name}: a connection is not encrypted: {plain[0]}")
