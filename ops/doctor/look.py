"""One look at a node: a single script that runs every check there and changes nothing."""

import asyncio
import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.steps.templates import render
from ops.doctor.checks import Check, checks
from ops.doctor.differences import Difference, differences
from ops.doctor.program import Program
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError

_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What differs on one node, in the order of its steps; `failure` is why it could not be seen."""

    node: str
    checked: int = 0
    differences: Sequence[Difference] = ()
    failure: str = ""


async def look(connections: NodeConnections, program: Program, nodes: Iterable[str]) -> list[Finding]:
    """Look at these nodes at once; one that does not answer has its `failure`."""
    return list(await asyncio.gather(*(_look_at(connections, program, node) for node in nodes)))


async def _look_at(connections: NodeConnections, program: Program, node: str) -> Finding:
    wanted = [check for step in program.steps[node] for check in checks(step, program.init)]
    try:
        connection = await connections.to(node)
        result = await connection.run("bash", stdin=script(wanted), seconds=_SECONDS)
        printed = parsed(result.out, len(wanted))
    except OperatorError as error:
        return Finding(node=node, failure=str(error).removeprefix(f"{node}: "))
    if printed is None:
        return Finding(node=node, failure=f"the look at it was cut short: {result.reason}")
    return Finding(node=node, checked=len(wanted), differences=differences(node, wanted, printed))


def script(wanted: Sequence[Check]) -> str:
    return render("doctor/look.sh", commands=[check.command for check in wanted])


def parsed(out: str, count: int) -> list[str] | None:
    """What each of `count` checks printed; None if one of them is missing."""
    lines = dict(line.partition(" ")[::2] for line in out.splitlines())
    if any(str(number) not in lines for number in range(count)):
        return None
    return [base64.b64decode(lines[str(number)]).decode(errors="replace") for number in range(count)]
