"""What the tests of the services see of the cluster from outside, and how they change what it runs."""

import asyncio
import json
import re
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import httpx
import yaml

from ops.load import Load
from ops.rehearsal import Project
from tests.e2e.hosts.cluster import until

SLAVES = ("slave-1", "slave-2")
_ASKERS = 3  # at once: enough to have some requests under way at every moment, and to leave the machine its time


def addresses(cluster: Project) -> dict[str, str]:
    """The private address of each node, by its name, in the order of their indices."""
    nodes = json.loads(cluster.pulumi("stack", "output", "nodes", "--json").stdout)
    return {name: nodes[name]["privateAddress"] for name in sorted(nodes, key=lambda name: int(nodes[name]["index"]))}


def on_all(cluster: Project, nodes: Collection[str], command: str) -> dict[str, str]:
    """What a command prints on each of the nodes."""
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        return dict(zip(nodes, pool.map(lambda node: cluster.on(node, command), nodes), strict=True))


def started(cluster: Project, nodes: Collection[str]) -> dict[tuple[str, str], str]:
    """When each container of the services was started, by node and name: another time is another start."""
    command = "sudo docker ps -q | xargs sudo docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}'"
    return {
        (node, name): start
        for node, said in on_all(cluster, nodes, command).items()
        for name, _, start in (line.partition(" ") for line in said.splitlines())
        if not name.startswith("/mesos-") or name in ("/mesos-master", "/mesos-agent")
    }


@contextmanager
def configured(cluster: Project, **values: Any) -> Iterator[None]:
    """The stack's config with these keys, which no `up` has seen yet; in the end it is as it was."""
    file = cluster.folder / "Pulumi.sandbox.yaml"
    before = file.read_text()
    stack = yaml.safe_load(before)
    stack["config"] |= {f"apollo:{key}": value for key, value in values.items()}
    file.write_text(yaml.safe_dump(stack))
    try:
        yield
    finally:
        file.write_text(before)


def previewed(cluster: Project) -> set[str]:
    """The names of the resources that `up` would change."""
    said = cluster.pulumi("preview", "--diff").stdout
    return set(re.findall(r"^ +\[urn=.*::([\w-]+)\]$", said, re.MULTILINE))


@contextmanager
def in_flight(urls: Collection[str], host: str) -> Iterator[None]:
    """Requests without a pause, some of them slow, over connections kept alive; none of them may fail."""
    loads: SimpleQueue[Load] = SimpleQueue()

    async def ask() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            load = Load(client=client, urls=urls, headers={"Host": host})
            loads.put(load)
            await load.run(_ASKERS)

    with ThreadPoolExecutor(max_workers=1) as pool:
        asking = pool.submit(asyncio.run, ask())
        load = loads.get(timeout=30)
        try:
            until(lambda: load.answered, "the first answers")
            yield
        finally:
            load.stop()
            asking.result()
    assert not load.failures, f"{len(load.failures)} of {load.answered}, such as {load.failures[:3]}"


def client(address: str, port: int, headers: Mapping[str, str] | None = None) -> httpx.Client:
    return httpx.Client(base_url=f"http://{address}:{port}", headers=headers, trust_env=False, timeout=30)
