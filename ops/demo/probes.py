"""The demonstration's requests from inside: from a node, and from a container on another node."""

import json
import re
from collections.abc import Sequence

from infra.services.gate import PROBE
from infra.services.haproxy_config import HEALTH_PATH, HTTP_PORT
from ops.remote.connections import NodeConnections
from ops.remote.waiting import UnmetError

_REQUESTS_PER_ROUND = 20
_ROUNDS = 5
# `timeout` in place of wget's own -T, with which Debian's static busybox crashes.
_FETCH = ("timeout", "10", "wget", "-q", "-O", "-")


class Probes:
    """Requests to instances of the app; each raises UnmetError if one is not answered."""

    def __init__(self, connections: NodeConnections) -> None:
        self._connections = connections

    async def by_address(self, address: str) -> list[str]:
        """Request ADDRESS:PORT from its node, from another node and from a container there; a sentence for each."""
        own = self._connections.owner(address)
        if not own:
            raise UnmetError("the address of a container on one of the nodes", address)
        elsewhere = next((name for name in reversed(list(self._connections.nodes)) if name != own), own)
        url = f"http://{address}/"
        answers = []
        for origin, node, words in (
            ("", own, ("curl", "-sS", "--fail", "--max-time", "10", url)),
            ("", elsewhere, ("curl", "-sS", "--fail", "--max-time", "10", url)),
            ("a container on ", elsewhere, ("docker", "run", "--rm", PROBE, *_FETCH, url)),
        ):
            container = await self._container(node, url, words)
            answers.append(f"{address} on {own}, from {origin}{node}: {container} answers")
        return answers

    async def _container(self, node: str, url: str, words: Sequence[str]) -> str:
        """The name of the container that answered."""
        result = await (await self._connections.to(node)).run(*words)
        try:
            if result.status == 0:
                return str(json.loads(result.out)["container"])
        except (ValueError, KeyError, TypeError):
            pass
        raise UnmetError(f"an answer from {url} on {node} that names its container", result.reason)

    async def behind_the_load_balancer(self) -> str:
        """Which slaves fail the load balancer's health check, asked on the slaves themselves."""
        unhealthy = []
        slaves = {name: node for name, node in self._connections.nodes.items() if node.role == "slave"}
        for name, node in slaves.items():
            url = f"http://{node.private_address}:{HTTP_PORT}{HEALTH_PATH}"
            result = await (await self._connections.to(name)).run("curl", "-sS", "--fail", "--max-time", "5", url)
            if result.status != 0:
                unhealthy.append(f"{name} is unhealthy ({result.reason})")
        if unhealthy:
            return ", ".join(unhealthy)
        return (
            f"{', '.join(slaves)} answer the load balancer's health check themselves, "
            "and `aws elbv2 describe-target-health` shows what it sees of them"
        )

    async def by_name(self, url: str, instances: int) -> dict[str, int]:
        """Request `url` from a container on a slave until all instances have answered: the answers of each."""
        node = next(name for name, node in self._connections.nodes.items() if node.role == "slave")
        requests = f"for i in $(seq {_REQUESTS_PER_ROUND}); do {' '.join(_FETCH)} {url} || exit; done"
        seen: dict[str, int] = {}
        for _ in range(_ROUNDS):
            connection = await self._connections.to(node)
            result = await connection.run("docker", "run", "--rm", PROBE, "sh", "-c", requests)
            if result.status != 0:
                raise UnmetError(f"{_REQUESTS_PER_ROUND} answers from {url} in a container on {node}", result.reason)
            for container in re.findall(r'"container": *"([^"]*)"', result.out):
                seen[container] = seen.get(container, 0) + 1
            if len(seen) >= instances:
                return seen
        raise UnmetError(f"answers of {instances} instances from {url}", seen)
