"""Everything that a doctor looks at: the nodes, the stack's state and the cloud, at the same time."""

import asyncio
import os
from collections.abc import Collection, Sequence

from ops.doctor import cloud, pending, rules
from ops.doctor.look import look
from ops.doctor.program import Program
from ops.doctor.report import Report
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack
from sandbox.home import Home

_SANDBOX = "sandbox"


def export(stack: Stack) -> str:
    """The stack's state, with secrets in plain text: never printed."""
    return stack.pulumi("stack", "export", "--show-secrets").stdout


async def survey(stack: Stack, program: Program, connections: NodeConnections) -> Report:
    """Of every planned node, and the cloud; raises OperatorError if the stack's state can't be read."""
    launched = [node for node in program.nodes if node in connections.nodes]
    state = await asyncio.to_thread(export, stack)
    (differences, failures), findings = await asyncio.gather(
        asyncio.to_thread(_cloud, stack, state),
        look(connections, program, launched),
    )
    return Report(
        stack=stack.name,
        findings=findings,
        unapplied=pending.unapplied(state, program),
        cloud=differences,
        unseen=[*_absent(program, connections.nodes, stack.name), *failures],
    )


def _cloud(stack: Stack, state: str) -> tuple[Sequence[cloud.CloudDifference], list[str]]:
    """What differs there, and why it could not be seen."""
    if stack.name == _SANDBOX:
        # As ./pulumiw does for the CLI.
        os.environ.update(Home(stack.project).environ())
    try:
        return [*cloud.look(stack), *rules.foreign(state)], []
    except OperatorError as error:
        return [], [f"the cloud's resources could not be compared: {error}"]


def _absent(program: Program, launched: Collection[str], stack: str) -> list[str]:
    return [
        f"{node} is planned and not launched: `make up STACK={stack}` does that"
        for node in program.nodes
        if node not in launched
    ]
