"""`make replace NODE=slave-2`: a new instance under the node's name and addresses, with all its steps."""

import asyncio
import json
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

import click

from ops.recover.state import INSTANCE
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError, complain
from ops.remote.login import LoginFiles
from ops.remote.stack import Stack
from ops.status.settling import settled
from ops.status.survey import Finding, survey


def refusal(node: str, masters: Iterable[Finding]) -> str:
    """Why this master cannot be replaced while the other `masters` are in this state; "" if it can."""
    reasons = [f"{found.name} is unwell ({_reason(found)})" for found in masters if not found.well]
    if not reasons:
        return ""
    return (
        f"{node} is not replaced while {'; '.join(reasons)}: the masters that remain have to have a majority. "
        "Mend or replace that one first"
    )


def _reason(found: Finding) -> str:
    """The first thing that is wrong with a master."""
    problems = next(iter(found.problems.values()), "")
    return found.failure or problems or f"no connection to {', '.join(sorted(found.unreached))}"


def command_line(stack: str, node: str, export: str, *, unasked: bool) -> list[str]:
    """The CLI's arguments that replace the node's instance and run what belongs to it, and nothing else.

    `export` is what `pulumi stack export` prints. Without `unasked` the CLI shows its preview and waits for a yes.
    """
    resources = (json.loads(export).get("deployment") or {}).get("resources") or []
    replaced = [f"--replace={urn}" for urn in _instances(resources, node)]
    # Its component, instance and steps, and its entries at the load balancer, also those that do not exist yet.
    targets = [f"--target=**::{name}" for name in (node, f"{node}-*", f"*-{node}")]
    agreed = ["--yes", "--skip-preview"] if unasked else []
    return ["up", "-s", stack, *replaced, *targets, *agreed]


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
    others = {other: node for other, node in stack.nodes().items() if node.role == "master" and other != name}
    with closing(NodeConnections(others, LoginFiles(stack).write())) as connections:
        return await settled(lambda: survey(connections), print)


@click.command()
@click.argument("name", metavar="STACK")
@click.argument("node")
@click.option("--yes", "unasked", is_flag=True, help="Do not show a preview and wait for a yes.")
def main(name: str, node: str, unasked: bool) -> None:
    """Replace the instance of NODE of the stack STACK; the exit status is that of the CLI."""
    stack = Stack(name)
    try:
        check(stack, node)
        words = command_line(name, node, stack.pulumi("stack", "export").stdout, unasked=unasked)
    except OperatorError as error:
        complain(error)
    raise SystemExit(subprocess.run([str(stack.project / "pulumiw"), *words], check=False).returncode)


if __name__ == "__main__":
    main()
