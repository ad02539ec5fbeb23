"""`make repair`: runs again, on one node after the other, the steps that differ there, and no others."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import click
from rich.console import Console

from infra.steps.step import Step
from ops.doctor.look import look
from ops.doctor.pending import unapplied
from ops.doctor.program import Program
from ops.doctor.report import NOT_SEEN, Report
from ops.doctor.survey import export
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack

SANDBOX = "sandbox"
_STEP_SECONDS = 1000
"""Longer than any step takes: it ends itself before."""

_MENDED_SECONDS, _INTERVAL_SECONDS = 90, 3
"""How long the units that a step has restarted may take, and how often to look."""

_RESTARTS = re.compile(r"^\s*restart_(?:running_)?unit (\S+)", re.MULTILINE)


class Repair:
    """Of one stack: what is to run, and the runs."""

    def __init__(self, stack: Stack, program: Program, connections: NodeConnections, console: Console) -> None:
        self._program, self._connections, self._console = program, connections, console
        self._stack, self._unapplied = stack.name, unapplied(export(stack), program)

    async def look(self, nodes: Sequence[str]) -> Report:
        findings = await look(self._connections, self._program, nodes)
        return Report(stack=self._stack, findings=findings, unapplied=self._unapplied)

    def steps(self, report: Report, node: str) -> list[Step]:
        names = report.repairable(node)
        return [step for step in self._program.steps[node] if step.name in names]

    async def mend(self, node: str, steps: Sequence[Step]) -> Report:
        """Run the steps, then look until nothing differs, for a bounded time; raises OperatorError."""
        connection = await self._connections.to(node)
        for step in steps:
            self._print(f"{node}: {step.title} ({step.name})")
            # Without its stamp, a step applies its files also where none of them differs.
            await connection.run("rm", "-f", step.stamp)
            result = await connection.run(
                "bash",
                "-c",
                self._program.script(node, step),
                stdin=step.secret.content if step.secret else "",
                seconds=_STEP_SECONDS,
            )
            if result.status:
                raise OperatorError(f"{node}: the step {step.name} ended with {result.status}:\n{result.err}")
        return await self._until_mended(node)

    async def _until_mended(self, node: str) -> Report:
        end = asyncio.get_running_loop().time() + _MENDED_SECONDS
        while (report := await self.look([node])).repairable(node):
            if asyncio.get_running_loop().time() > end:
                break
            await asyncio.sleep(_INTERVAL_SECONDS)
        return report

    def _print(self, sentence: str) -> None:
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def effect_of(node: str, steps: Sequence[Step]) -> str:
    """A sentence for each node: which steps run, and what they restart there."""
    units = dict.fromkeys(unit for step in steps for unit in _RESTARTS.findall(step.apply))
    restarts = f", which restarts {', '.join(units)}" if units else ", which restarts nothing"
    ends = ": all containers of the node end, and those of the cluster's services start again"
    return f"{node}: runs {', '.join(step.name for step in steps)}{restarts}{ends if 'docker' in units else ''}"


async def repair(stack: Stack, nodes: Sequence[str], console: Console, *, confirmed: bool) -> int:
    """The exit status; asks before it begins unless `confirmed`. Stops at the first node that still differs."""
    with closing(NodeConnections.of(stack)) as connections:
        program = Program.of(stack)
        for name in nodes:
            if name not in program.nodes or name not in connections.nodes:
                known = ", ".join(node for node in program.nodes if node in connections.nodes)
                raise OperatorError(f"NODE is {name}: use one of {known}, or leave it out for all of them")
        run = Repair(stack, program, connections, console)
        report = await run.look(nodes or [node for node in program.nodes if node in connections.nodes])
        report.print(console)
        work = {one.node: steps for one in report.findings if (steps := run.steps(report, one.node))}
        for node, steps in work.items():
            console.print(effect_of(node, steps), markup=False, highlight=False, soft_wrap=True)
        if not work:
            return report.status
        if not confirmed and not click.confirm("run them?"):
            return report.status
        for node, steps in work.items():
            after = await run.mend(node, steps)
            after.print(console)
            if after.repairable(node):
                return after.status
            report = replace(
                report, findings=[found for found in report.findings if found.node != node] + [*after.findings]
            )
    return report.status


@click.command()
@click.argument("stack_name", metavar="STACK")
@click.argument("node", default="")
@click.option("--yes", is_flag=True, help="Do not ask before steps run.")
def main(stack_name: str, node: str, yes: bool) -> None:
    """Run the steps of NODE, or of every node, that differ from what the program would make; exits as the doctor."""
    try:
        nodes = [node] if node else []
        confirmed = yes or stack_name == SANDBOX
        raise SystemExit(asyncio.run(repair(Stack(stack_name), nodes, Console(), confirmed=confirmed)))
    except OperatorError as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(NOT_SEEN) from None


if __name__ == "__main__":
    main()
