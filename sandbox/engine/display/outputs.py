"""A stack's outputs as `stack output` prints them."""

import json
from collections.abc import Mapping

import click

from sandbox.engine.checkpoint import Deployment
from sandbox.engine.display.valuetext import inline
from sandbox.engine.values import Value


def outputs_of(deployment: Deployment) -> Mapping[str, Value]:
    return next((item.outputs for item in deployment.resources if item.is_stack), {})


def print_outputs(outputs: Mapping[str, Value]) -> None:
    click.echo(f"Current stack outputs ({len(outputs)}):")
    if not outputs:
        click.echo("    No output values currently in this stack")
        return
    width = max(len("OUTPUT"), *(len(key) for key in outputs))
    click.echo(f"    {'OUTPUT':<{width}}  VALUE")
    for key in sorted(outputs):
        first, *rest = bare(outputs[key]).split("\n")
        click.echo(f"    {key:<{width}}  {first}")
        for line in rest:
            click.echo(f"    {'':<{width}}  {line}")


def bare(value: Value) -> str:
    if isinstance(value, str):
        return value
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if isinstance(value, dict | list)
        else inline(value)
    )
