"""The demonstration's cluster on loopback: stand-ins for Mesos and Marathon, and instances that answer.

Each node has a loopback address of its own, and so has each container. This module stands
in for Consul, DNS and HAProxy, from the containers that docker has.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ops.remote.node import Node
from sandbox.standins.common.fetch import Reply, Unreachable, call
from sandbox.standins.common.web import Answer, Refused, Request, Server, answering, reply
from tests.unit.standins.fakedocker import FakeDocker

DOMAIN, SEARCH = "example.test", "service.consul"

# The commands of a node. `docker run --rm` runs its command here; what else they print is in the node's folder $NODE.
_SHELL = {
    "sudo": 'exec "$@"',
    "docker": """
case "$1 $2" in
"run --rm") shift 3 && exec "$@" ;;
"run -d") echo probe ;;
inspect*) echo 10.2.0.1 ;;
exec*) cat "$NODE/answers" ;;
esac""",
    "ip": 'cat "$NODE/bridge"',
    "weave": 'cat "$NODE/router" && test "$2" != connections || cat "$NODE/connections"',
    "apollo-health": 'cat "$NODE/health"',
}
_CLIENT = """
import http.client, os, sys
from urllib.parse import urlsplit
url = urlsplit(sys.argv[-1])
there = url.netloc if url.netloc.startswith("127.") else os.environ["FRONT"]
try:
    asked = http.client.HTTPConnection(there, timeout=10)
    asked.request("GET", url.path, headers={"Host": url.netloc})
    answer = asked.getresponse()
    text = answer.read().decode()
except OSError as error:
    sys.exit(f"no connection to {there}: {error.strerror}")
if answer.status != 200:
    sys.exit(f"the server returned {answer.status}")
print(text)
"""


def programs(folder: Path) -> Path:
    """The folder with the programs of a node."""
    texts = {name: f"#!/bin/sh\n{text}\n" for name, text in _SHELL.items()}
    texts |= dict.fromkeys(("curl", "wget"), f"#!{sys.executable} -IS{_CLIENT}")
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


class Docker(FakeDocker):
    """Its containers answer HTTP, as the REST API does, at addresses that begin with `network`, on `port`.

    While `unwell` is true, their health checks fail.
    """

    def __init__(self, folder: Path, network: str, port: int) -> None:
        super().__init__(folder)
        self._network, self._port, self._numbers = network, port, itertools.count(1)
        self.unwell = False
        self._servers: dict[str, Server] = {}

    def start(self, name: str) -> None:
        address = f"{self._network}.{next(self._numbers)}"
        self._servers[name] = Server(address, self._port, answering(lambda request: self._answer(name, request)))
        self.containers[name]["NetworkSettings"]["IPAddress"] = address
        super().start(name)

    def end(self, name: str, status: int = 0) -> None:
        self._servers.pop(name).close()
        super().end(name, status)

    def close(self) -> None:
        for server in self._servers.values():
            server.close()
        super().close()

    def addresses(self) -> list[str]:
        """Of what runs, each with its port."""
        return [f"{each['NetworkSettings']['IPAddress']}:{self._port}" for each in self.running()]

    def _answer(self, name: str, request: Request) -> Answer:
        if request.path == "/health" and self.unwell:
            raise Refused(503, "not ready for anything")
        time.sleep(int(request.query.get("ms", 0)) / 1000)
        return reply({"container": name})


@dataclass
class Network:
    """What finds the instances of `service` on the nodes `dockers`: Consul's catalogue, and names in turn."""

    service: str
    dockers: dict[str, Docker] = field(default_factory=dict)
    turns: Iterator[int] = field(default_factory=itertools.count)

    def consul(self, request: Request) -> Answer:
        if request.path != f"/v1/health/service/{self.service}":
            raise Refused(404, request.path)
        return reply(
            [self._entry(node, address) for node, docker in self.dockers.items() for address in docker.addresses()]
        )

    def _entry(self, node: str, address: str) -> dict[str, Any]:
        asked = _ask(address, "/health")
        well = asked is not None and asked.status == 200
        said = asked.body.decode() if asked else "connection refused"
        host, _, port = address.partition(":")
        return {
            "Node": {"Node": node},
            "Service": {"Address": host, "Port": int(port)},
            "Checks": [
                {"Status": "passing", "Output": "Agent alive and reachable"},
                {"Status": "passing" if well else "critical", "Output": f"HTTP GET {address}/health: {said}"},
            ],
        }

    def front(self, request: Request) -> Answer:
        """HAProxy by the Host header, and, for a client that asks it as its proxy, DNS."""
        if urlsplit(f"//{request.headers['host']}").hostname not in (
            f"{self.service}.{DOMAIN}",
            f"{self.service}.{SEARCH}",
        ):
            raise Refused(404, "No service is known under this name.")
        path = request.path + (f"?{request.query_string}" if request.query_string else "")
        addresses = [address for docker in self.dockers.values() for address in docker.addresses()]
        for _ in addresses:
            answer = _ask(addresses[next(self.turns) % len(addresses)], path)
            if answer:
                return Answer(status=answer.status, body=answer.body)
        raise Refused(503, "no instance")


def _ask(address: str, path: str) -> Reply | None:
    try:
        return call("GET", f"http://{address}{path}", timeout=20)
    except Unreachable:
        return None


def outputs(masters: int, slaves: int) -> dict[str, dict[str, Any]]:
    """The output `nodes` of a stack: node N has the address 127.0.0.N, and its containers have 127.0.N.0/24."""
    names = [("master", number) for number in range(1, masters + 1)]
    names += [("slave", number) for number in range(1, slaves + 1)]
    return {
        f"{role}-{number}": {
            "role": role,
            "index": index,
            "address": f"127.0.0.{index}",
            "user": "admin",
            "hostKey": f"ssh-ed25519 {role}-{number}",
            "ssh": f"ssh -i .keys/test admin@127.0.0.{index}",
            "privateAddress": f"127.0.0.{index}",
            "containers": f"127.0.{index}.0/24",
            "bridge": f"127.0.{index}.1/24",
        }
        for index, (role, number) in enumerate(names, 1)
    }


def nodes(masters: int, slaves: int) -> dict[str, Node]:
    return {name: Node.of(name, output) for name, output in outputs(masters, slaves).items()}
