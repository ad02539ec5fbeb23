"""The demonstration's stack, its nodes connected: who is asked, and how."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import httpx

from ops.demo.app import App
from ops.remote.connections import NodeConnections
from ops.remote.stack import PROJECT, Login, OperatorError, Stack
from ops.remote.waiting import Timeouts
from ops.tunnel import page

DEFINITION = PROJECT / "examples" / "nodejs-rest-api" / "nodejs-rest-api-v1.json"
NEEDED = ("consul", "registrator", "zookeeper", "mesos", "marathon", "haproxy")


@dataclass(frozen=True, kw_only=True)
class DemoTarget:
    """A stack as the demonstration needs it.

    `front` are the URLs that lead to HAProxy from outside, `search_domain` is where containers look for names.
    """

    nodes: Mapping[str, Mapping[str, Any]]
    pages: Mapping[str, Sequence[str]]
    front: Sequence[str]
    domain: str
    search_domain: str
    login: Login
    timeouts: Timeouts = field(default_factory=Timeouts)

    @classmethod
    def of(cls, stack: Stack) -> "DemoTarget":
        """Raises OperatorError where the stack lacks something."""
        nodes, runs = stack.nodes(), stack.output("services") or []
        search_domain = next(iter(stack.output("searchDomains") or ()), "")
        missing = [name for name in NEEDED if name not in runs] + ([] if search_domain else ["dns"])
        if missing:
            raise OperatorError(
                f"the stack {stack.name} runs no {', '.join(missing)}, which the demonstration needs: "
                f"add to the config key services, and `make up STACK={stack.name}`"
            )
        if not any(node["role"] == "slave" for node in nodes.values()):
            raise OperatorError(f"the stack {stack.name} has no slave to run the demonstration's app: set slaveCount")
        return cls(
            nodes=nodes,
            pages=stack.output("uiUrls"),
            front=front(nodes, stack.output("loadBalancer") or ""),
            domain=stack.output("domain"),
            search_domain=search_domain,
            login=stack.login(),
        )


def front(nodes: Mapping[str, Mapping[str, Any]], balancer: str) -> list[str]:
    """The load balancer's URL; the slaves' own where it is one that passes nothing on (RFC 2606's .invalid)."""
    if balancer and not balancer.endswith(".invalid"):
        return [f"http://{balancer}"]
    return [f"http://{node['address']}" for node in nodes.values() if node["role"] == "slave"]


def definition_of(stack: Stack, image: str) -> dict[str, Any]:
    """The app's definition; its image by way of the stack's mirror, or `image` where one is given."""
    found: dict[str, Any] = json.loads(DEFINITION.read_text())
    registry = stack.pulumi("config", "get", "imageRegistry", check=False)
    mirror = registry.stdout.strip() if registry.returncode == 0 else ""
    docker = found["container"]["docker"]
    docker["image"] = image or (f"{mirror}/{docker['image']}" if mirror else docker["image"])
    return found


@dataclass(frozen=True, kw_only=True)
class DemoSession:
    """`connections` has all nodes connected; `outside` is a client of whatever this machine reaches."""

    target: DemoTarget
    connections: NodeConnections
    app: App
    outside: httpx.AsyncClient

    @property
    def host(self) -> Mapping[str, str]:
        """The header by which HAProxy knows the app."""
        return {"Host": f"{self.app.name}.{self.target.domain}"}


@asynccontextmanager
async def connected(target: DemoTarget, name: str) -> AsyncIterator[DemoSession]:
    """The session of the app `name`, for as long as this lasts; raises OperatorError."""
    async with AsyncExitStack() as stack:
        connections = stack.enter_context(closing(NodeConnections(target.nodes, target.login)))
        for node in target.nodes:
            await connections.to(node)

        async def client(base: str = "") -> httpx.AsyncClient:
            return await stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False, timeout=30))

        marathon, consul = [await page(connections, target.pages[service]) for service in ("marathon", "consul")]
        app = App(
            name=name,
            marathon=await client(marathon.url.removesuffix("/ui/")),
            consul=await client(consul.url.removesuffix("/ui/")),
            timeouts=target.timeouts,
            node_of=lambda address: connections.owner(address) or address,
        )
        yield DemoSession(target=target, connections=connections, app=app, outside=await client())
