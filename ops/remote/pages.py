"""The services' pages on this machine, forwarded through SSH."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.node import Node


@dataclass(frozen=True, kw_only=True)
class Page:
    """The URL of a page on this machine; `note` says why its port is not the usual one, if it is not."""

    url: str
    note: str = ""


async def forward(connections: NodeConnections, urls: Sequence[str]) -> Page:
    """Forward one of the URLs, through the first of their nodes that can be logged in to; raises OperatorError.

    The port on this machine is the URL's own if that is free.
    """
    failures = []
    for name, url in _on_nodes(urls, connections.nodes):
        try:
            connection = await connections.to(name)
        except OperatorError as error:
            failures.append(str(error))
            continue
        parts = urlsplit(url)
        wanted = parts.port or 80
        local = await connection.forward(parts.hostname or "", wanted, wanted)
        note = "" if local == wanted else f"port {wanted} is taken on this machine"
        return Page(url=f"http://localhost:{local}{parts.path}", note=note)
    raise OperatorError("; ".join(failures) or "no node has such a page")


def _on_nodes(urls: Sequence[str], nodes: Mapping[str, Node]) -> list[tuple[str, str]]:
    """The URLs whose host is the private address of a node, each with that node's name."""
    names = {node.private_address: name for name, node in nodes.items()}
    return [(names[host], url) for url in urls if (host := urlsplit(url).hostname or "") in names]
