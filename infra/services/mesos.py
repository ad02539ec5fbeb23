"""Mesos: its masters offer the slaves' resources to frameworks, and the agent on each slave runs their tasks."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.config.settings import Settings
from infra.plan.plan import Node, Plan, Role
from infra.services import catalog, zookeeper
from infra.steps import container, images
from infra.steps.container import Container
from infra.steps.service import Port, Service, Ui
from infra.steps.step import Step
from infra.steps.templates import render

MASTER_PORT, AGENT_PORT = 5050, 5051
# It has no entrypoint. Those of master and agent alone have one, which docker would run in place of the executor.
_IMAGES = {"mesos": "mesosphere/mesos:1.7.1"}
_ZNODE = "mesos"
_TASK_PORTS = (31000, 32000)


@dataclass(frozen=True, kw_only=True)
class _Daemon:
    name: str
    port: int
    health_path: str

    def url(self, node: Node) -> str:
        return f"http://{node.private_address}:{self.port}/{self.health_path}"


_DAEMONS: Mapping[Role, _Daemon] = {
    "master": _Daemon(name="mesos-master", port=MASTER_PORT, health_path="master/health"),
    "slave": _Daemon(name="mesos-agent", port=AGENT_PORT, health_path="health"),
}


def boots_with_cgroup_v1(node: Node, settings: Settings) -> bool:
    """Whether the machine of this node has to boot with cgroup v1; upstart's systems have nothing else."""
    wanted = settings.runs("mesos") and settings.mesos_cgroups == "v1"
    return wanted and node.role == "slave" and settings.system.init == "systemd"


def zk(plan: Plan) -> str:
    """Where frameworks and agents find the leading master."""
    return zookeeper.url(plan, _ZNODE)


def _master(node: Node, plan: Plan) -> Container:
    own = str(node.private_address)
    return Container(
        name=_DAEMONS["master"].name,
        description="Mesos master: offers the slaves' resources",
        image=images.reference(plan.settings, "mesos", _IMAGES),
        entrypoint="mesos-master",
        # On the masters' disks, so that a new leader knows which agents are gone. Some images set in_memory.
        command=("--registry=replicated_log",),
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
            # After 5 of these (max_agent_ping_timeouts) a silent agent is removed and its tasks start elsewhere.
            "MESOS_AGENT_PING_TIMEOUT": "5secs",
        },
        after=("zookeeper",),
    )


def _agent(node: Node, plan: Plan) -> Container:
    own, folder = str(node.private_address), "/var/lib/mesos-agent"
    image = images.reference(plan.settings, "mesos", _IMAGES)
    return Container(
        name=_DAEMONS["slave"].name,
        description="Mesos agent: runs tasks on this node",
        image=image,
        entrypoint="mesos-agent",
        memory_mb=512,
        # Docker mounts a task's folder by its path on the node, so the agent has to see it at the same path.
        data=folder,
        volumes=("/var/run/docker.sock:/var/run/docker.sock", "/sys/fs/cgroup:/sys/fs/cgroup"),
        environment={
            "MESOS_MASTER": zk(plan),
            "MESOS_IP": own,
            "MESOS_PORT": str(AGENT_PORT),
            "MESOS_HOSTNAME": own,
            "MESOS_HOSTNAME_LOOKUP": "false",
            # The containerizer mesos would run commands in the agent's container, as root and with docker's socket.
            "MESOS_CONTAINERIZERS": "docker",
            # Time to pull an image.
            "MESOS_EXECUTOR_REGISTRATION_TIMEOUT": "10mins",
            "MESOS_RESOURCES": "ports(*):[{}-{}]".format(*_TASK_PORTS),
            "MESOS_ATTRIBUTES": f"node:{node.name};zone:{node.zone}",
            "MESOS_WORK_DIR": folder,
            # Executors run in containers of their own, so restarting the agent stops no task.
            "MESOS_DOCKER_MESOS_IMAGE": image,
            # Its container has no systemd, and newer kernels lack the control groups that it knows.
            "MESOS_SYSTEMD_ENABLE_SUPPORT": "false",
            "MESOS_LAUNCHER": "posix",
            "MESOS_SWITCH_USER": "false",
        },
        # To see, mount for and stop its tasks; it does not need the rest of --privileged.
        options=(
            *("--pid", "host", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE"),
            *("--security-opt", "apparmor=unconfined"),
        ),
    )


def _health(node: Node, plan: Plan) -> str:
    daemon = _DAEMONS[node.role]
    cgroups = plan.settings.mesos_cgroups if node.role == "slave" else None
    return render("mesos/health.sh", name=daemon.name, url=daemon.url(node), cgroups=cgroups)


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    daemon = _DAEMONS[node.role]
    step = container.step(
        _master(node, plan) if node.role == "master" else _agent(node, plan),
        plan.settings.system.init,
        health=_health(node, plan),
        after=("weave-peers", "consul", "dns", "zookeeper"),
    )
    check = {"http": daemon.url(node)}
    return step, *catalog.registration(daemon.name, node, plan, port=daemon.port, check=check)


def _port(name: str, port: int, what: str, role: Role) -> Port:
    return Port(name=name, port=port, description=f"mesos: {what}", roles=(role,))


MESOS = Service(
    name="mesos",
    steps=_steps,
    needs=("zookeeper",),
    images=_IMAGES,
    health=_health,
    ui=Ui(roles=("master",), port=MASTER_PORT),
    useless_without=("slave",),
    ports=(
        _port("mesos-master", MASTER_PORT, "agents and frameworks to masters", "master"),
        _port("mesos-agent", AGENT_PORT, "masters to agents", "slave"),
        Port(
            name="mesos-tasks",
            port=_TASK_PORTS[0],
            to=_TASK_PORTS[1],
            description="mesos: nodes to tasks, for health checks",
            roles=("slave",),
            apps=True,
        ),
    ),
)
