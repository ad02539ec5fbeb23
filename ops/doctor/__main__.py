"""`make doctor`: what differs from what the program would make; exits with 0 if nothing does."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing

import click
from rich.console import Console

from ops.doctor.look import Finding, look
from ops.doctor.program import Program
from ops.doctor.report import report
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack

DIFFERS, NOT_SEEN = 1, 2


def status(findings: Sequence[Finding]) -> int:
    """0 if nothing differs, 1 if something does, 2 if a node could not be seen."""
    if any(finding.failure for finding in findings):
        return NOT_SEEN
    return DIFFERS if any(finding.differences for finding in findings) else 0


def conclusion(findings: Sequence[Finding], stack: str) -> Iterator[str]:
    seen = [finding for finding in findings if not finding.failure]
    differing = [finding.node for finding in seen if finding.differences]
    checked = sum(finding.checked for finding in seen)
    if differing:
        count = sum(len(finding.differences) for finding in seen)
        yield f"{count} of {checked} checks differ, on {', '.join(differing)}"
        yield f"`make repair NODE={differing[0]} STACK={stack}` runs the steps that differ there, and no others"
    elif seen:
        yield f"nothing differs on {len(seen)} nodes ({checked} checks)"


async def _findings(stack: Stack, program: Program) -> list[Finding]:
    launched = stack.nodes()
    with closing(NodeConnections.of(stack)) as connections:
        return await look(connections, program, [node for node in program.nodes if node in launched])


@click.command()
@click.argument("stack_name", metavar="STACK")
def main(stack_name: str) -> None:
    """Compare every node of STACK with what the program would make of it; exits with 0, 1 (differs) or 2."""
    console, stack = Console(), Stack(stack_name)
    try:
        findings = asyncio.run(_findings(stack, Program.of(stack)))
    except OperatorError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        raise SystemExit(NOT_SEEN) from None
    report(findings, console)
    for sentence in conclusion(findings, stack_name):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(status(findings))


if __name__ == "__main__":
    main()
