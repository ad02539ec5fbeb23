"""The stack that the demonstration runs on, and what it uses of it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import httpx

from ops.demo.app import App
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.remote.node import Node
from ops.remote.pages import forward
from ops.remote.stack import PROJECT, Stack
from ops.remote.waiting import Timeouts

DEFINITION = PROJECT / "examples" / "nodejs-rest-api" / "nodejs-rest-api-v1.json"
NEEDED = ("consul", "registrator", "zookeeper", "mesos", "marathon", "haproxy")


@dataclass(frozen=True, kw_only=True)
class DemoTarget:
    """What the demonstration needs of a stack.

    `pages` are the URLs of the services' pages, `front` is the load balancer's. Containers look up names in
    `search_domain`.
    """

    nodes: Mapping[str, Node]
    pages: Mapping[str, Sequence[str]]
    front: str
    domain: str
    search_domain: str
    private_key: str = field(repr=False)
    timeouts: Timeouts = field(default_factory=Timeouts)

    @classmethod
    def of(cls, stack: Stack) -> "DemoTarget":
        """Raises OperatorError if the stack lacks something."""
        nodes, runs = stack.nodes(), stack.output("services") or []
        search_domain = next(iter(stack.output("searchDomains") or ()), "")
        missing = [name for name in NEEDED if name not in runs] + ([] if search_domain else ["dns"])
        if missing:
            raise OperatorError(
                f"the stack {stack.name} runs no {', '.join(missing)}, which the demonstration needs: "
                f"add to the config key services, and `make up STACK={stack.name}`"
            )
        if not any(node.role == "slave" for node in nodes.values()):
            raise OperatorError(f"the stack {stack.name} has no slave to run the demonstration's app: set slaveCount")
        return cls(
            nodes=nodes,
            pages=stack.output("uiUrls"),
            front=front(stack.output("loadBalancer"), stack.output("serviceUrl") or ""),
            domain=stack.output("domain"),
            search_domain=search_domain,
            private_key=LoginFiles(stack).write(),
        )


def front(balancer: str, service_url: str) -> str:
    """The load balancer's URL, with the scheme of the services' own: port 80 may answer with a redirect to HTTPS."""
    return f"{service_url.partition(':')[0] or 'http'}://{balancer}"


def definition_of(stack: Stack, image: str) -> dict[str, Any]:
    """The app's definition with `image`, or with its own image from the stack's mirror if `image` is empty."""
    definition: dict[str, Any] = json.loads(DEFINITION.read_text())
    docker = definition["container"]["docker"]
    if image:
        docker["image"] = image
    elif mirror := stack.config("imageRegistry"):
        docker["image"] = f"{mirror}/{docker['image']}"
    return definition


@dataclass(frozen=True, kw_only=True)
class DemoSession:
    """The target with connections open to all nodes, the app, and an HTTP client for requests from outside."""

    target: DemoTarget
    connections: NodeConnections
    app: App
    outside: httpx.AsyncClient

    @property
    def host(self) -> Mapping[str, str]:
        """The header by which HAProxy finds the app."""
        return {"Host": f"{self.app.name}.{self.target.domain}"}


async def expect_host(request: httpx.Request) -> None:
    """Check the certificate for the name in the Host header, which need not be in DNS yet."""
    if request.url.scheme == "https":
        request.extensions["sni_hostname"] = request.headers["Host"]


@asynccontextmanager
async def connected(target: DemoTarget, name: str) -> AsyncIterator[DemoSession]:
    """A session with the app `name`, closed at the end; raises OperatorError."""
    async with AsyncExitStack() as stack:
        connections = stack.enter_context(closing(NodeConnections(target.nodes, target.private_key)))
        for node in target.nodes:
            await connections.to(node)

        async def client(base: str = "") -> httpx.AsyncClient:
            hooks = {"request": [expect_host]}
            made = httpx.AsyncClient(base_url=base, trust_env=False, timeout=30, event_hooks=hooks)
            return await stack.enter_async_context(made)

        marathon, consul = [await forward(connections, target.pages[service]) for service in ("marathon", "consul")]
        app = App(
            name=name,
            marathon=await client(marathon.url.removesuffix("/ui/")),
            consul=await client(consul.url.removesuffix("/ui/")),
            timeouts=target.timeouts,
            node_of=lambda address: connections.owner(address) or address,
        )
        yield DemoSession(target=target, connections=connections, app=app, outside=await client())
