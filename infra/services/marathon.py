"""Marathon on the masters: keeps long-running apps running on Mesos."""

from infra.plan.plan import Node, Plan
from infra.services import catalog, mesos, zookeeper
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Port, Service, Ui
from infra.steps.step import Step

HTTP_PORT, _LIBPROCESS_PORT = 8080, 9090
_IMAGES = {"marathon": "mesosphere/marathon:v1.11.24"}
_HEAP_MB = 512


def _url(node: Node, path: str) -> str:
    return f"http://{node.private_address}:{HTTP_PORT}/{path}"


def _container(node: Node, plan: Plan) -> Container:
    own = str(node.private_address)
    return Container(
        name="marathon",
        description="Marathon: keeps apps running",
        image=images.reference(plan.settings, "marathon", _IMAGES),
        # Java needs about as much memory again outside its heap.
        memory_mb=2 * _HEAP_MB,
        command=(
            *("--master", mesos.zk(plan)),
            *("--zk", zookeeper.url(plan, "marathon")),
            *("--hostname", own),
            *("--http_address", own),
            *("--http_port", str(HTTP_PORT)),
        ),
        # Mesos calls Marathon back on this port.
        environment={
            "LIBPROCESS_IP": own,
            "LIBPROCESS_PORT": str(_LIBPROCESS_PORT),
            "JAVA_OPTS": f"-Xmx{_HEAP_MB}m",
        },
        after=("zookeeper", "mesos-master"),
    )


def _health(node: Node, plan: Plan) -> str:
    del plan
    return container.answers("marathon", _url(node, "ping"), ": can it reach mesos and zookeeper?")


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    step = container.step(
        _container(node, plan),
        plan.settings.system.init,
        health=_health(node, plan),
        after=("weave-peers", "consul", "dns", "mesos-master"),
    )
    return step, *catalog.registration("marathon", node, plan, port=HTTP_PORT, check={"http": _url(node, "ping")})


def _port(name: str, number: int, what: str) -> Port:
    return Port(name=name, port=number, description=f"marathon: {what}", roles=("master",))


MARATHON = Service(
    name="marathon",
    steps=_steps,
    roles=("master",),
    needs=("mesos", "zookeeper"),
    images=_IMAGES,
    health=_health,
    ui=Ui(roles=("master",), port=HTTP_PORT, path="/ui/"),
    useless_without=("slave",),
    ports=(
        _port("marathon", HTTP_PORT, "requests that a follower forwards to the leader"),
        _port("marathon-libprocess", _LIBPROCESS_PORT, "calls from Mesos"),
    ),
)
