"""`make status`: every node, its services, and which containers reach which; exits with 0 only if all is well."""

import asyncio
from collections.abc import Sequence
from contextlib import closing

import click
from rich.console import Console

from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError, complain
from ops.remote.stack import Stack
from ops.status.settling import CONNECTING_SECONDS, settled, still_connecting
from ops.status.survey import Finding, survey
from ops.status.tables import nodes_table, services_table, traffic_table


async def _findings(stack: Stack, console: Console) -> list[Finding]:
    with closing(NodeConnections.of(stack)) as connections:
        return await settled(
            lambda: survey(connections), lambda sentence: console.print(sentence, markup=False, highlight=False)
        )


def report(findings: Sequence[Finding], console: Console) -> bool:
    """Print the tables, and a line for each problem; returns whether all is well."""
    console.print(nodes_table(findings))
    if any(found.services for found in findings):
        console.print(services_table(findings))
    console.print(traffic_table(findings))
    for found in findings:
        for problem in filter(None, (found.failure, *found.problems.values())):
            console.print(f"{found.name}: {problem}", style="red", markup=False, highlight=False)
    if missing := still_connecting(findings):
        remedy = "`sudo weave status connections` on the first of two nodes shows why"
        sentence = f"no connection after {CONNECTING_SECONDS} s: {missing}: {remedy}"
        console.print(sentence, style="red", markup=False, highlight=False)
    return all(found.well for found in findings)


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Survey every node of the stack STACK, and wait for connections that its routers are still making."""
    console = Console()
    try:
        findings = asyncio.run(_findings(Stack(stack), console))
    except OperatorError as error:
        complain(error)
    raise SystemExit(0 if report(findings, console) else 1)


if __name__ == "__main__":
    main()
