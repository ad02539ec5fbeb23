"""`make tunnel`: the services' pages on localhost, forwarded through SSH, until Ctrl-C."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import click

from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError, complain
from ops.remote.pages import forward
from ops.remote.stack import Stack


async def hold(connections: NodeConnections, pages: Mapping[str, Sequence[str]]) -> None:
    """Open all pages, print their URLs, and keep them open; raises OperatorError if none opens or one is lost."""
    opened, width = 0, max(map(len, pages))
    for service, urls in pages.items():
        try:
            page = await forward(connections, urls)
            print(f"{service:{width}} {page.url}" + (f"  ({page.note})" if page.note else ""), flush=True)
            opened += 1
        except OperatorError as error:
            print(f"{service:{width}} not opened: {error}", flush=True)
    if not opened:
        raise OperatorError("no page could be opened: `make status` reports on each node")
    print("Ctrl-C ends it", flush=True)
    raise OperatorError(f"{await connections.wait_until_one_is_lost()}: `make tunnel` opens it again")


async def serve(stack: Stack) -> None:
    """`hold` the pages of the stack; raises OperatorError if it has none."""
    with contextlib.closing(NodeConnections.of(stack)) as connections:
        pages = stack.output("uiUrls")
        if not pages:
            raise OperatorError(f"the stack {stack.name} runs no service that has a page")
        await hold(connections, pages)


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Open the pages of the services of the stack STACK on localhost, until Ctrl-C."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(Stack(stack)))
    except OperatorError as error:
        complain(error)


if __name__ == "__main__":
    main()
