"""The cluster that a backup is taken from, or put into, and what this needs of its stack."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field

import httpx

from infra.config import aws_provider
from ops.backup.consul import Consul
from ops.backup.content import Tokens
from ops.recover.access import Access
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.remote.node import Node
from ops.remote.pages import forward
from ops.remote.stack import Stack
from ops.remote.waiting import Timeouts

_HTTP_SECONDS = 120
SERVICES = ("consul", "marathon")
"""What a backup can contain."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """`pages` are the URLs of those of SERVICES that the stack runs; `tokens` is None without Consul."""

    stack: str
    nodes: Mapping[str, Node]
    pages: Mapping[str, Sequence[str]]
    tokens: Tokens | None = field(repr=False)
    private_key: str = field(repr=False)
    timeouts: Timeouts = field(default_factory=Timeouts)

    @classmethod
    def of(cls, stack: Stack) -> "Target":
        """Raises OperatorError if the stack has no nodes, or runs nothing that a backup contains."""
        nodes, pages = stack.nodes(), stack.output("uiUrls") or {}
        chosen = {name: pages[name] for name in SERVICES if name in pages}
        if not chosen:
            raise OperatorError(
                f"the stack {stack.name} runs neither {' nor '.join(SERVICES)}: there is nothing to keep"
            )
        return cls(
            stack=stack.name,
            nodes=nodes,
            pages=chosen,
            tokens=_tokens(stack) if "consul" in chosen else None,
            private_key=LoginFiles(stack).write(),
        )


def _tokens(stack: Stack) -> Tokens:
    return Tokens(
        management=secret(stack, "consulManagementToken"),
        agent=secret(stack, "consulAgentToken"),
    )


def secret(stack: Stack, key: str) -> str:
    """The value of a config key that `make init` makes; raises OperatorError without one."""
    if value := stack.config(key):
        return value
    raise OperatorError(f"{key} is not set: `make init STACK={stack.name}` makes it")


def access(stack: Stack) -> Access:
    """The account of the stack's config, for a place in S3."""
    region, profile, roles = (
        stack.config(f"{aws_provider.PREFIX}{key}") for key in ("region", "profile", "assumeRoles")
    )
    return Access(region=region or "", profile=profile or "", roles=json.loads(roles or "[]"))


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services of a target; None is one that it does not run."""

    consul: Consul | None
    marathon: httpx.AsyncClient | None


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[Services]:
    """The services of a target through SSH; raises OperatorError if no node with their page answers."""
    async with AsyncExitStack() as stack:
        connections = stack.enter_context(closing(NodeConnections(target.nodes, target.private_key)))
        clients = {}
        for name, urls in target.pages.items():
            page = await forward(connections, urls)
            made = httpx.AsyncClient(base_url=page.url.removesuffix("/ui/"), trust_env=False, timeout=_HTTP_SECONDS)
            clients[name] = await stack.enter_async_context(made)
        yield Services(
            consul=Consul(clients["consul"], target.timeouts) if "consul" in clients else None,
            marathon=clients.get("marathon"),
        )
