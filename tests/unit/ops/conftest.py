"""The demonstration's cluster on loopback, and nodes to log in to."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from ops.demo.target import DemoTarget
from ops.remote.connections import NodeConnections
from ops.remote.node import Node
from ops.remote.stack import Stack
from ops.remote.waiting import Timeouts
from sandbox.standins.common.web import Answer, Request, Server, answering
from tests.unit import sshd
from tests.unit.ops import fake_cluster
from tests.unit.standins.cluster import Cluster, started

Serve = Callable[..., Server]
MakeStack = Callable[..., Stack]
_SECONDS_MOST = 30
SERVICE = "nodejs-rest-api"
AWAY = "127.0.0.9"
"""An address at which no node answers."""
NODES = fake_cluster.nodes(masters=1, slaves=2)
OUTPUTS = fake_cluster.outputs(masters=1, slaves=2)

BASTION = {
    "address": "203.0.113.9",
    "user": "admin",
    "hostKey": "ssh-ed25519 bastion",
    "ssh": "ssh -i .keys/test admin@203.0.113.9",
}
"""The output `bastion` of a stack whose nodes have private addresses alone."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; the test fails if it is not met."""
    try:
        async with asyncio.timeout(_SECONDS_MOST):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not within {_SECONDS_MOST} s: {what}")


@dataclass(kw_only=True)
class Nodes:
    """Nodes as `Stack.nodes()` returns them, the SSH servers at their addresses, and the key for all of these.

    `folder` has a folder for each node, from which its programs read what they print.
    """

    private_key: str
    folder: Path
    nodes: dict[str, Node] = field(default_factory=dict)
    servers: dict[str, sshd.Server] = field(default_factory=dict)

    def connections(self, *away: str) -> NodeConnections:
        """Connections to all nodes, of which those in `away` do not answer."""
        moved = {name: replace(self.nodes[name], host=AWAY) for name in away}
        return NodeConnections({**self.nodes, **moved}, self.private_key)

    def cut(self, name: str) -> None:
        """End the connections to a node without a farewell, as a power failure does."""
        for connection in self.servers[name].connections:
            connection.abort()


@pytest.fixture
async def nodes(tmp_path: Path, front: Server) -> AsyncIterator[Nodes]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = f"{fake_cluster.programs(tmp_path / 'bin')}:/usr/bin:/bin"
    made = Nodes(private_key=key.export_private_key().decode(), folder=tmp_path)
    port = free_port()
    async with AsyncExitStack() as stack:
        for name, node in NODES.items():
            (folder := tmp_path / name).mkdir()
            environ = {"PATH": path, "FRONT": f"127.0.0.1:{front.port}", "NODE": str(folder)}
            serving = sshd.serving(folder, address=node.host, port=port, user_key=key, environ=environ)
            made.servers[name] = await stack.enter_async_context(serving)
            made.nodes[name] = replace(node, port=port, host_key=made.servers[name].host_key)
        yield made


@pytest.fixture
def network() -> fake_cluster.Network:
    return fake_cluster.Network(service=SERVICE)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Makes HTTP servers on loopback for as long as the test runs."""
    made: list[Server] = []

    def make(answer: Callable[[Request], Answer], address: str = "127.0.0.1", port: int = 0) -> Server:
        made.append(Server(address, port, answering(answer)))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def front(network: fake_cluster.Network, serve: Serve) -> Server:
    return serve(network.front)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    with started(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def target(
    cluster: Cluster,
    network: fake_cluster.Network,
    nodes: Nodes,
    front: Server,
    serve: Serve,
    tmp_path: Path,
) -> DemoTarget:
    """A stack whose agents run Marathon's apps, with short timeouts."""
    port = free_port()
    cluster.master()
    for name, node in NODES.items():
        if node.role == "master":
            continue
        docker = fake_cluster.Docker(tmp_path / name, node.containers.removesuffix(".0/24"), port)
        network.dockers[name] = docker
        cluster.agent_of(docker, node.private_address)
    pages = {
        "marathon": f"{cluster.marathon().url}/ui/",
        "consul": f"http://127.0.0.1:{serve(network.consul).port}/ui/",
    }
    return DemoTarget(
        nodes=nodes.nodes,
        pages={name: [url] for name, url in pages.items()},
        front=f"http://127.0.0.1:{front.port}",
        domain=fake_cluster.DOMAIN,
        search_domain=fake_cluster.SEARCH,
        private_key=nodes.private_key,
        timeouts=Timeouts(poll=0.02, deployed=20, listed=20, known=20, settled=0.2),
    )


@pytest.fixture
def stack(tmp_path: Path) -> MakeStack:
    """Makes a stack with these outputs and this config; its pulumiw prints only those."""

    def make(outputs: dict[str, Any], config: dict[str, str] | None = None) -> Stack:
        (tmp_path / "outputs.json").write_text(json.dumps(outputs))
        for key, value in {"sshPrivateKey": "the key", **(config or {})}.items():
            (tmp_path / f"config-{key}").write_text(value)
        wrapper = tmp_path / "pulumiw"
        wrapper.write_text(
            '#!/bin/sh\ncd "${0%/*}" && case "$1 $2" in\n'
            '"stack output") exec cat outputs.json ;;\n'
            '"config get") cat "config-$3" 2>/dev/null && exit\n'
            "  echo \"error: configuration key '$3' not found for stack 'test'\" >&2 ;;\n"
            "esac\nexit 1\n"
        )
        wrapper.chmod(0o755)
        return Stack("test", tmp_path)

    return make
