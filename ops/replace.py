"""`make replace NODE=slave-2`: a new instance under the node's name and addresses, with all its steps."""

import asyncio
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import click

from infra.services.drain import COMMAND
from ops.recover.state import INSTANCE
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError, complain
from ops.remote.login import LoginFiles
from ops.remote.stack import Stack
from ops.status.settling import settled
from ops.status.survey import Finding, survey

_DRAIN_SECONDS = 3600
"""More than a drain takes: it bounds each of its waits itself, by drainSeconds."""


def refusal(node: str, masters: Iterable[Finding]) -> str:
    """Why this master cannot be replaced while the other `masters` are in this state; "" if it can."""
    unwell = [found for found in masters if not found.well]
    # A missing connection is the other node's fault where that one has a fault of its own.
    faulty = [found for found in unwell if found.failure or found.problems] or unwell
    if not faulty:
        return ""
    reasons = "; ".join(f"{found.name} is unwell ({_reason(found)})" for found in faulty)
    return (
        f"{node} is not replaced while {reasons}: the masters that remain have to have a majority. "
        "Mend or replace that one first"
    )


def _reason(found: Finding) -> str:
    """The first thing that is wrong with a master."""
    problems = next(iter(found.problems.values()), "")
    return found.failure or problems or f"no connection to {', '.join(sorted(found.unreached))}"


def selection(node: str, export: str) -> list[str]:
    """The CLI's options that replace the node's instance and run what belongs to it, and nothing else.

    `export` is what `pulumi stack export` prints.
    """
    resources = (json.loads(export).get("deployment") or {}).get("resources") or []
    replaced = [f"--replace={urn}" for urn in _instances(resources, node)]
    # Its component, instance and steps, and its entries at the load balancer, also those that do not exist yet.
    targets = [f"--target=**::{name}" for name in (node, f"{node}-*", f"*-{node}")]
    return [*replaced, *targets]


def _instances(resources: Iterable[Mapping[str, Any]], node: str) -> list[str]:
    """The URN of the node's instance; none if the state has no instance, as when its creation failed."""
    found = (str(one["urn"]) for one in resources if one["type"] == INSTANCE and not one.get("delete"))
    return [urn for urn in found if urn.rpartition("::")[2] == node]


def check(stack: Stack, name: str) -> None:
    """Raises OperatorError if there is no such node, or if it is a master that has to stay for now."""
    nodes = stack.nodes()
    if name not in nodes:
        raise OperatorError(f"NODE is {name or 'not set'}: use one of {', '.join(nodes)}")
    if nodes[name].role == "master" and (reason := refusal(name, asyncio.run(_other_masters(stack, name)))):
        raise OperatorError(reason)


async def _other_masters(stack: Stack, name: str) -> list[Finding]:
    with closing(_masters(stack, without=name)) as connections:
        return await settled(lambda: survey(connections), print)


def _masters(stack: Stack, without: str = "") -> NodeConnections:
    nodes = {name: node for name, node in stack.nodes().items() if node.role == "master" and name != without}
    return NodeConnections(nodes, LoginFiles(stack).write())


async def drain(connections: NodeConnections, slave: str, verbs: Sequence[str]) -> None:
    """Let the first master that answers run its command for the slave, with each verb; raises OperatorError."""
    failures = []
    for master in connections.nodes:
        try:
            connection = await connections.to(master)
        except OperatorError as error:
            failures.append(str(error))
            continue
        for verb in verbs:
            result = await connection.run(COMMAND, verb, slave, seconds=_DRAIN_SECONDS)
            print(result.out, end="\n" if result.out else "", flush=True)
            if result.status:
                raise OperatorError(f"`{COMMAND} {verb} {slave}` on {master} failed: {result.reason}")
        return
    raise OperatorError("; ".join(failures))


def replace(stack: Stack, name: str, *, unasked: bool) -> int:
    """The CLI's exit status. A slave is drained before, and in use again after, unless the CLI fails."""
    check(stack, name)
    options = selection(name, stack.pulumi("stack", "export").stdout)
    if not unasked:
        if status := _cli(stack, "preview", *options):
            return status
        click.confirm(f"Replace {name}?", abort=True)
    drained = stack.nodes()[name].role == "slave" and "consul" in (stack.output("services") or ())
    if drained:
        print(f"draining {name}", flush=True)
        _drain(stack, name, "move", "out")
    status = _cli(stack, "up", "--yes", "--skip-preview", *options)
    if drained and not status:
        _drain(stack, name, "back")
    return status


def _drain(stack: Stack, slave: str, *verbs: str) -> None:
    async def run() -> None:
        with closing(_masters(stack)) as connections:
            await drain(connections, slave, verbs)

    asyncio.run(run())


def _cli(stack: Stack, *words: str) -> int:
    command = [str(stack.project / "pulumiw"), *words, "-s", stack.name]
    return subprocess.run(command, check=False, env=stack.environ).returncode


@click.command()
@click.argument("stack")
@click.argument("node")
@click.option("--yes", "unasked", is_flag=True, help="Do not show a preview and wait for a yes.")
def main(stack: str, node: str, unasked: bool) -> None:
    """Replace the instance of NODE of the stack STACK; the exit status is that of the CLI."""
    try:
        status = replace(Stack(stack), node, unasked=unasked)
    except OperatorError as error:
        complain(error)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
