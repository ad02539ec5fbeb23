"""Mesos: its masters share the slaves' resources out, and an agent on each slave runs what comes of it."""

from infra.plan.plan import Node, Plan
from infra.services import catalog, zookeeper
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.step import Port, Service, Step
from infra.steps.templates import render

MASTER_PORT, AGENT_PORT = 5050, 5051
_IMAGES = {"mesos-master": "mesosphere/mesos-master:1.7.0", "mesos-agent": "mesosphere/mesos-slave:1.7.0"}
_ZNODE = "mesos"
_TASK_PORTS = (31000, 32000)


def zk(plan: Plan) -> str:
    """Where the leading master is found."""
    return zookeeper.url(plan, _ZNODE)


def _master(node: Node, plan: Plan) -> Container:
    own = str(node.private_address)
    return Container(
        name="mesos-master",
        description="Mesos master: offers the slaves' resources",
        image=images.reference(plan.settings, "mesos-master", _IMAGES),
        memory_mb=512,
        data="/var/lib/mesos",
        environment={
            "MESOS_IP": own,
            "MESOS_PORT": str(MASTER_PORT),
            "MESOS_HOSTNAME": own,
            "MESOS_HOSTNAME_LOOKUP": "false",
            "MESOS_CLUSTER": "apollo",
            "MESOS_QUORUM": str(zookeeper.quorum(plan)),
            "MESOS_ZK": zk(plan),
            "MESOS_WORK_DIR": "/var/lib/mesos",
            # A silent agent is given up after 5 times this (max_agent_ping_timeouts), and its tasks start elsewhere.
            "MESOS_AGENT_PING_TIMEOUT": "5secs",
        },
        after=("zookeeper",),
    )


def _agent(node: Node, plan: Plan) -> Container:
    own, folder = str(node.private_address), "/var/lib/mesos-agent"
    image = images.reference(plan.settings, "mesos-agent", _IMAGES)
    return Container(
        name="mesos-agent",
        description="Mesos agent: runs tasks on this node",
        image=image,
        memory_mb=512,
        # Docker mounts a task's folder by its path on the node, so the agent has to know it by the same.
        data=folder,
        volumes=("/var/run/docker.sock:/var/run/docker.sock", "/sys/fs/cgroup:/sys/fs/cgroup"),
        environment={
            "MESOS_MASTER": zk(plan),
            "MESOS_IP": own,
            "MESOS_PORT": str(AGENT_PORT),
            "MESOS_HOSTNAME": own,
            "MESOS_HOSTNAME_LOOKUP": "false",
            "MESOS_CONTAINERIZERS": "docker,mesos",
            # Time to pull an image.
            "MESOS_EXECUTOR_REGISTRATION_TIMEOUT": "10mins",
            "MESOS_RESOURCES": "ports(*):[{}-{}]".format(*_TASK_PORTS),
            "MESOS_ATTRIBUTES": f"node:{node.name};zone:{node.zone}",
            "MESOS_WORK_DIR": folder,
            # Executors in containers of their own, which outlive the agent's: its restart stops no task.
            "MESOS_DOCKER_MESOS_IMAGE": image,
            # There is no systemd in its container, and newer kernels have not the control groups that it knows.
            "MESOS_SYSTEMD_ENABLE_SUPPORT": "false",
            "MESOS_LAUNCHER": "posix",
            "MESOS_SWITCH_USER": "false",
        },
        # It sees and ends its tasks, and mounts for them; for the rest of --privileged it has no use.
        options=(
            *("--pid", "host", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE"),
            *("--security-opt", "apparmor=unconfined"),
        ),
    )


def _health(node: Node, plan: Plan) -> str:
    del plan
    return render("mesos/health.sh", name=_name(node), url=_url(node))


def _name(node: Node) -> str:
    return {"master": "mesos-master", "slave": "mesos-agent"}[node.role]


def _port(node: Node) -> int:
    return {"master": MASTER_PORT, "slave": AGENT_PORT}[node.role]


def _url(node: Node) -> str:
    path = {"master": "master/health", "slave": "health"}[node.role]
    return f"http://{node.private_address}:{_port(node)}/{path}"


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    one = _master(node, plan) if node.role == "master" else _agent(node, plan)
    step = container.step(
        one,
        plan.settings.system.init,
        health=_health(node, plan),
        after=("weave-peers", "consul", "dns", "zookeeper"),
    )
    return step, *catalog.entry(one.name, node, plan, port=_port(node), check={"http": _url(node)})


MESOS = Service(
    name="mesos",
    steps=_steps,
    needs=("zookeeper",),
    images=_IMAGES,
    health=_health,
    idle_without=("slave",),
    ports=(
        Port(
            name="mesos-master",
            port=MASTER_PORT,
            description="mesos: agents and frameworks to masters",
            roles=("master",),
        ),
        Port(name="mesos-agent", port=AGENT_PORT, description="mesos: masters to agents", roles=("slave",)),
        Port(
            name="mesos-tasks",
            port=_TASK_PORTS[0],
            to=_TASK_PORTS[1],
            description="mesos: nodes to the ports of tasks, such as Marathon with its checks",
            roles=("slave",),
        ),
    ),
)
