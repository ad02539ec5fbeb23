"""`make tunnel`: the cluster's own pages on localhost, through SSH, until Ctrl-C."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import click

from ops.remote.connections import NodeConnections
from ops.remote.stack import OperatorError, Stack, complain


def reached(urls: Sequence[str], nodes: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The URLs whose host is the private address of a node, each with that node's name."""
    names = {node["privateAddress"]: name for name, node in nodes.items()}
    return [(names[host], url) for url in urls if (host := urlsplit(url).hostname or "") in names]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page where it is on this machine; `note` says what is unusual of that."""

    url: str
    note: str = ""


async def page(connections: NodeConnections, urls: Sequence[str]) -> Page:
    """One of these URLs, by way of the first of its nodes that answers by SSH; raises OperatorError.

    On this machine it has its own port where that is free.
    """
    troubles = []
    for name, url in reached(urls, connections.nodes):
        try:
            connection = await connections.to(name)
        except OperatorError as error:
            troubles.append(str(error))
            continue
        parts = urlsplit(url)
        wanted = parts.port or 80
        local = await connection.open(parts.hostname or "", wanted, wanted)
        note = "" if local == wanted else f"port {wanted} is taken on this machine"
        return Page(url=f"http://localhost:{local}{parts.path}", note=note)
    raise OperatorError("; ".join(troubles) or "no node has such a page")


async def hold(connections: NodeConnections, pages: Mapping[str, Sequence[str]]) -> None:
    """Open them all, print where, and hold them open; raises OperatorError when none opens or one is lost."""
    opened = 0
    for service, urls in pages.items():
        try:
            found = await page(connections, urls)
            print(f"{service:10} {found.url}" + (f"  ({found.note})" if found.note else ""), flush=True)
            opened += 1
        except OperatorError as error:
            print(f"{service:10} not opened: {error}", flush=True)
    if not opened:
        raise OperatorError("no page could be opened: `make status` tells of each node")
    print("Ctrl-C ends it", flush=True)
    raise OperatorError(f"{await connections.lost()}: `make tunnel` opens it again")


async def serve(stack: Stack) -> None:
    """`hold` the pages of the stack; raises OperatorError where it has none."""
    nodes, pages = stack.nodes(), stack.output("uiUrls")
    if not pages:
        raise OperatorError(f"the stack {stack.name} runs no service that has a page")
    with contextlib.closing(NodeConnections(nodes, stack.login())) as connections:
        await hold(connections, pages)


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Open the pages of Consul, Mesos, Marathon, HAProxy and Scope of the stack STACK on localhost."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(Stack(stack)))
    except OperatorError as error:
        complain(error)


if __name__ == "__main__":
    main()
