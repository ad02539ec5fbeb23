"""`make tunnel`: the cluster's own pages on localhost, through SSH, until Ctrl-C."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import click

from ops.hop import Hop
from ops.stack import OperatorError, Stack, complain


def reached(urls: Sequence[str], nodes: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The URLs whose host is the private address of a node, each with that node's name."""
    names = {node["privateAddress"]: name for name, node in nodes.items()}
    return [(names[host], url) for url in urls if (host := urlsplit(url).hostname or "") in names]


class Tunnel:
    """Pages of a stack on localhost, each through the first of its nodes that answers by SSH."""

    def __init__(self, nodes: Mapping[str, Mapping[str, Any]], private_key: str) -> None:
        self._nodes, self._key = nodes, private_key
        self._hops: dict[str, Hop] = {}

    async def page(self, urls: Sequence[str]) -> str:
        """The local URL of the page; the port is its own one where that is free. Raises OperatorError."""
        troubles = []
        for name, url in reached(urls, self._nodes):
            try:
                hop = self._hops.get(name) or await Hop.to(name, self._nodes[name], self._key)
            except OperatorError as error:
                troubles.append(str(error))
                continue
            self._hops[name] = hop
            parts = urlsplit(url)
            local = await hop.open(parts.hostname or "", parts.port or 80, parts.port or 0)
            return f"http://localhost:{local}{parts.path}"
        raise OperatorError("; ".join(troubles) or "there is no node with such a page")

    async def lost(self) -> str:
        """The name of the first node whose connection is gone."""
        waits = {asyncio.ensure_future(hop.lost()): name for name, hop in self._hops.items()}
        done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            one.cancel()
        return waits[done.pop()]

    def close(self) -> None:
        for hop in self._hops.values():
            hop.close()


async def hold(nodes: Mapping[str, Mapping[str, Any]], pages: Mapping[str, Sequence[str]], private_key: str) -> None:
    """Open them all, print where, and hold them open; raises OperatorError when none opens or one is lost."""
    tunnel = Tunnel(nodes, private_key)
    opened = 0
    try:
        for service, urls in pages.items():
            try:
                print(f"{service:10} {await tunnel.page(urls)}", flush=True)
                opened += 1
            except OperatorError as error:
                print(f"{service:10} not opened: {error}", flush=True)
        if not opened:
            raise OperatorError("no page could be opened")
        print("Ctrl-C ends it", flush=True)
        raise OperatorError(f"the connection to {await tunnel.lost()} is gone: `make tunnel` opens it again")
    finally:
        tunnel.close()


def pages(stack: Stack) -> Mapping[str, Sequence[str]]:
    """By service, where its page is inside; raises OperatorError where there is none."""
    found: Mapping[str, Sequence[str]] = stack.output("uiUrls")
    if not found:
        raise OperatorError(f"the stack {stack.name} runs no service that has a page")
    return found


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Open the pages of Consul, Mesos, Marathon, HAProxy and Scope of the stack STACK on localhost."""
    chosen = Stack(stack)
    try:
        nodes, key = chosen.nodes(), chosen.write_key_file().read_text()
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(hold(nodes, pages(chosen), key))
    except OperatorError as error:
        complain(error)


if __name__ == "__main__":
    main()
