"""`make doctor`: what differs from what the program would make; exits with 0 if nothing does."""

import asyncio
from contextlib import closing

import click
from rich.console import Console

from ops.doctor.program import Program
from ops.doctor.report import NOT_SEEN, Report
from ops.doctor.survey import survey
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack


async def _report(stack: Stack) -> Report:
    with closing(NodeConnections.of(stack)) as connections:
        return await survey(stack, Program.of(stack), connections)


@click.command()
@click.argument("stack_name", metavar="STACK")
def main(stack_name: str) -> None:
    """Compare every node of STACK, and its cloud, with what the program would make of them.

    Exits with 0 if nothing differs, 1 if something does, and 2 if something could not be seen.
    """
    console = Console()
    try:
        report = asyncio.run(_report(Stack(stack_name)))
    except OperatorError as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(NOT_SEEN) from None
    report.print(console)
    raise SystemExit(report.status)


if __name__ == "__main__":
    main()
