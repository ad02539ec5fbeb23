"""What the tests of the services see of the cluster from inside, and how they change what it runs."""

import asyncio
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import boto3
import httpx
import yaml

from bench.workspace import VPC, ProjectCopy
from ops.demo.traffic import Traffic
from sandbox.home import Home
from tests.e2e.hosts.cluster import until

MIRROR = f"{VPC}.0.1:5000"
INSIDE = f"{VPC}.255.250"
"""An address of this machine to which `let_in` opens every port, so that tests observe what no user may request."""
PYTHON = f"{MIRROR}/python:3.13"
SLAVES = ("slave-1", "slave-2")
_SOCKET = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/var/lib/haproxy/admin.sock')"
_INFO = f"""sudo python3 -c "{_SOCKET}; s.sendall(b'show info\\n'); print(s.makefile().read())" """
_ASKERS = 3  # at once: enough to have some requests under way at every moment, and to leave the machine its time


def ec2(cluster: ProjectCopy) -> Any:
    """boto3's client of the cluster's own EC2 API."""
    said = Home(cluster.folder).environ()
    keys = {"aws_access_key_id": said["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": said["AWS_SECRET_ACCESS_KEY"]}
    return boto3.client("ec2", region_name=said["AWS_REGION"], endpoint_url=said["AWS_ENDPOINT_URL"], **keys)


def let_in(cluster: ProjectCopy) -> None:
    """Give this machine the address INSIDE, and the nodes' security group a rule for it."""
    device = Home(cluster.folder).name
    add = ("ip", "address", "replace", f"{INSIDE}/32", "dev", device)
    cluster.run(*([] if os.getuid() == 0 else ["sudo", "-n"]), *add)
    nodes = {"Name": "description", "Values": ["Apollo: every node of the cluster"]}
    (group,) = ec2(cluster).describe_security_groups(Filters=[nodes])["SecurityGroups"]
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": f"{INSIDE}/32"}]}
    ec2(cluster).authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[everything])


def addresses(cluster: ProjectCopy) -> dict[str, str]:
    """The private address of each node, by its name, in the order of their indices."""
    nodes = json.loads(cluster.pulumi("stack", "output", "nodes", "--json").stdout)
    return {name: nodes[name]["privateAddress"] for name in sorted(nodes, key=lambda name: int(nodes[name]["index"]))}


def on_all(cluster: ProjectCopy, nodes: Collection[str], command: str) -> dict[str, str]:
    """What a command prints on each of the nodes."""
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        return dict(zip(nodes, pool.map(lambda node: cluster.on(node, command), nodes), strict=True))


def started(cluster: ProjectCopy, nodes: Collection[str]) -> dict[tuple[str, str], str]:
    """When each container of the services was started, by node and name: another time is another start."""
    command = "sudo docker ps -q | xargs sudo docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}'"
    return {
        (node, name): start
        for node, said in on_all(cluster, nodes, command).items()
        for name, _, start in (line.partition(" ") for line in said.splitlines())
        if not name.startswith("/mesos-") or name in ("/mesos-master", "/mesos-agent")
    }


@contextmanager
def configured(cluster: ProjectCopy, **values: Any) -> Iterator[None]:
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


def previewed(cluster: ProjectCopy) -> set[str]:
    """The names of the resources that `up` would change, without the gates of their nodes."""
    steps = json.loads(cluster.pulumi("preview", "--json").stdout)["steps"]
    changed = {step["urn"].rsplit("::", 1)[1] for step in steps if step["op"] not in ("same", "read")}
    return {name for name in changed if not name.endswith("-gate")}


@contextmanager
def in_flight(urls: Collection[str], host: str) -> Iterator[None]:
    """Requests without a pause, some of them slow, over connections kept alive; none of them may fail."""
    running: SimpleQueue[Traffic] = SimpleQueue()

    async def ask() -> None:
        transport = httpx.AsyncHTTPTransport(local_address=INSIDE)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=30) as client:
            traffic = Traffic(client=client, urls=urls, headers={"Host": host})
            running.put(traffic)
            await traffic.run(_ASKERS)

    with ThreadPoolExecutor(max_workers=1) as pool:
        asking = pool.submit(asyncio.run, ask())
        traffic = running.get(timeout=30)
        try:
            until(lambda: traffic.answered, "the first answers")
            yield
        finally:
            traffic.stop()
            asking.result()
    assert not traffic.failures, f"{len(traffic.failures)} of {traffic.answered}, such as {traffic.failures[:3]}"


def client(address: str, port: int, headers: Mapping[str, str] | None = None) -> httpx.Client:
    transport = httpx.HTTPTransport(local_address=INSIDE)
    url = f"http://{address}:{port}"
    return httpx.Client(base_url=url, headers=headers, transport=transport, trust_env=False, timeout=30)


@contextmanager
def app(marathon: httpx.Client, definition: Mapping[str, Any]) -> Iterator[None]:
    """A Marathon app, and in the end it is gone."""
    marathon.post("/v2/apps", json=definition).raise_for_status()
    try:
        yield
    finally:
        marathon.delete(f"/v2/apps{definition['id']}").raise_for_status()
        until(lambda: not marathon.get("/v2/deployments").json(), f"{definition['id']} is gone")


def answers(url: str, service: str) -> set[str]:
    """What a service says through one HAProxy, in as many requests as would find each of its instances."""
    found = set()
    for _ in range(6):
        with client(httpx.URL(url).host, 80, {"Host": f"{service}.example.com"}) as asking:
            answer = asking.get("/")
        kind = answer.headers.get("Content-Type", "")
        found.add(answer.json()["container"] if kind == "application/json" else answer.text.strip())
        if not answer.is_success:
            return set()
    return found


@contextmanager
def container(cluster: ProjectCopy, node: str, name: str, *words: str) -> Iterator[str]:
    """A container of a user's own, from `docker run`: its address."""
    cluster.on(node, f"sudo docker run -d --rm --name {name} --hostname {name} {' '.join(words)}")
    try:
        yield cluster.on(node, f"sudo docker inspect -f '{{{{.NetworkSettings.Networks.bridge.IPAddress}}}}' {name}")
    finally:
        cluster.on(node, f"sudo docker rm -f {name}")


def limits(cluster: ProjectCopy) -> set[tuple[str, ...]]:
    """HAProxy's connections at most, as it says itself, and its timeouts as in its file, on all slaves."""
    found = on_all(cluster, SLAVES, f"{_INFO}; cat /etc/haproxy/haproxy.cfg")
    lines = ("Maxconn: (.*)", " *timeout client (.*)", " *timeout server (.*)")
    return {tuple(re.findall(f"^{line}$", said, re.MULTILINE)[0] for line in lines) for said in found.values()}
