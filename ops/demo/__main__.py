"""`make demo`: a REST API on the cluster, found by address, by name and from outside."""

import asyncio

import click

from ops.demo.scenario import demonstrate
from ops.demo.target import DemoTarget, definition_of
from ops.remote.errors import OperatorError, complain
from ops.remote.stack import Stack


@click.command()
@click.argument("stack")
@click.option("--image", default="", help="The image of the app, in place of the one in its definition.")
@click.option("--keep", is_flag=True, help="Leave the app running at the end.")
def main(stack: str, image: str, keep: bool) -> None:
    """Run the demonstration on the stack STACK; exits with status 1 when a step fails."""
    chosen = Stack(stack)
    try:
        asyncio.run(demonstrate(DemoTarget.of(chosen), definition_of(chosen, image), keep=keep))
    except OperatorError as error:
        print()
        complain(error)
    print("\nAll steps passed.")


if __name__ == "__main__":
    main()
