"""ZooKeeper on the masters: elects the leaders of Mesos and Marathon, and stores their state."""

from typing import Any

from infra.plan.plan import Node, Plan
from infra.services import catalog
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Port, Service
from infra.steps.step import File, Step, file
from infra.steps.templates import render

CLIENT_PORT, _PEER_PORT, _ELECTION_PORT = 2181, 2888, 3888
_PORTS: dict[str, Any] = {"client_port": CLIENT_PORT, "peer_port": _PEER_PORT, "election_port": _ELECTION_PORT}
_CONFIG = "/etc/zookeeper/zoo.cfg"
_IMAGES = {"zookeeper": "zookeeper:3.9.5"}
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
        # A single server lists no members: that is how ZooKeeper knows that it is alone.
        file("zookeeper", _CONFIG, node=node, members=plan.masters if len(plan.masters) > 1 else (), **_PORTS),
        File(path="/var/lib/zookeeper/myid", content=f"{node.ordinal}\n"),
    )


def _wait(node: Node, plan: Plan) -> tuple[str, str]:
    """The wait of a member without data, and its errors; empty on the first master, which has nothing to wait for."""
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
        description="ZooKeeper: elects leaders",
        image=images.reference(plan.settings, "zookeeper", _IMAGES),
        # Java needs about as much memory again outside its heap.
        memory_mb=2 * _HEAP_MB,
        data="/data",
        # Mount the file alone: its folder has the image's own logging configuration.
        volumes=(f"{_CONFIG}:/conf/zoo.cfg",),
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
    check = {"args": ["/bin/sh", "-c", render("zookeeper/consul-check.sh", address=node.private_address, **_PORTS)]}
    return step, *catalog.registration("zookeeper", node, plan, port=CLIENT_PORT, check=check)


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
