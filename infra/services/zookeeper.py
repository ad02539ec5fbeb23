"""ZooKeeper on the masters: it elects the leaders of Mesos and Marathon, and keeps what they know."""

from typing import Any

from infra.plan.plan import Node, Plan
from infra.services import catalog
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.step import File, Port, Service, Step
from infra.steps.templates import render

CLIENT_PORT, _PEER_PORT, _ELECTION_PORT = 2181, 2888, 3888
_PORTS = {"client_port": CLIENT_PORT, "peer_port": _PEER_PORT, "election_port": _ELECTION_PORT}
_CONFIG = "etc/zookeeper/zoo.cfg"
_IMAGES = {"zookeeper": "zookeeper:3.9.4"}
_HEAP_MB = 256


def url(plan: Plan, path: str) -> str:
    """zk://10.0.0.4:2181,10.0.32.5:2181,10.0.64.6:2181/mesos for the path mesos."""
    hosts = ",".join(f"{master.private_address}:{CLIENT_PORT}" for master in plan.masters)
    return f"zk://{hosts}/{path}"


def quorum(plan: Plan) -> int:
    """How many masters are a majority."""
    return len(plan.masters) // 2 + 1


def _files(node: Node, plan: Plan) -> tuple[File, ...]:
    return (
        File(path=f"/{_CONFIG}", content=render(f"zookeeper/{_CONFIG}", node=node, masters=plan.masters, **_PORTS)),
        File(path="/var/lib/zookeeper/myid", content=f"{node.ordinal}\n"),
    )


def _wait(node: Node, plan: Plan) -> tuple[str, str]:
    """What a member without data does first, and its errors; nothing on the first master, which waits for nobody."""
    lower = [master for master in plan.masters if master.ordinal < node.ordinal]
    if not lower:
        return "", ""
    values: dict[str, Any] = {
        "others": [master for master in plan.masters if master != node],
        "lower": lower,
        "data": "/var/lib/zookeeper",
        "seconds": container.SECONDS,
        **_PORTS,
    }
    return render("zookeeper/zookeeper.prepare.sh", **values), render("zookeeper/zookeeper.errors.sh", **values)


def _health(node: Node, plan: Plan) -> str:
    return render("zookeeper/health.sh", address=node.private_address, quorum=quorum(plan), **_PORTS)


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    server = Container(
        name="zookeeper",
        description="ZooKeeper: who leads, among those that could",
        image=images.reference(plan.settings, "zookeeper", _IMAGES),
        # Java needs about as much again beside its heap.
        memory_mb=2 * _HEAP_MB,
        data="/data",
        # The file alone: the image's own logging configuration is beside it.
        volumes=(f"/{_CONFIG}:/conf/zoo.cfg",),
        environment={"ZK_SERVER_HEAP": str(_HEAP_MB), "ZOO_MY_ID": str(node.ordinal)},
    )
    prepare, errors = _wait(node, plan)
    step = container.step(
        server,
        plan.settings.system.init,
        files=_files(node, plan),
        prepare=prepare,
        errors=errors,
        health=_health(node, plan),
    )
    ruok = f'[ "$(echo ruok | nc -w 2 {node.private_address} {CLIENT_PORT})" = imok ]'
    check = {"args": ["/bin/sh", "-c", ruok]}
    return step, *catalog.entry("zookeeper", node, plan, port=CLIENT_PORT, check=check)


def _port(number: int, what: str) -> Port:
    return Port(name=f"zookeeper-{number}", port=number, description=f"zookeeper: {what}", roles=("master",))


ZOOKEEPER = Service(
    name="zookeeper",
    steps=_steps,
    roles=("master",),
    images=_IMAGES,
    health=_health,
    ports=(_port(CLIENT_PORT, "clients"), _port(_PEER_PORT, "followers"), _port(_ELECTION_PORT, "elections")),
)
