"""The container firewall: containers do not reach the ports of the cluster's own services, on any node.

Security groups see nodes, not containers: a container's packets to another node have the address of its own node. So
each node drops them, by the bridge on which they arrive and not by their source, which a container can forge.
"""

from collections.abc import Iterator, Sequence

from infra.plan.plan import ROLES, Node, Plan, Role
from infra.steps.init_system import unit_path
from infra.steps.service import Port, Service
from infra.steps.step import Step, file
from infra.steps.templates import render

NAME = "container-firewall"
_COMMAND = f"/usr/local/bin/{NAME}"
_RULES = f"/etc/{NAME}.rules"
_INSIDE = ("nodes", "node")


def step(node: Node, plan: Plan, services: Sequence[Service]) -> Step:
    """Put and load the rules of a node for the ports of `services`, those that this stack runs on any node."""
    rules = file(
        NAME,
        _RULES,
        node=node,
        ranges={role: list(plan.ranges(role)) for role in ROLES},
        closed={role: list(closed(role, services, plan.settings.open_to_containers)) for role in ROLES},
    )
    return Step(
        name=NAME,
        title="Close the ports of the cluster's services to containers",
        after=("base-packages",),
        files=(
            rules,
            file(NAME, _COMMAND, "0755", rules=_RULES),
            file(NAME, unit_path(plan.settings.system.init, NAME), command=_COMMAND),
        ),
        # Whatever removed the rules of a running node, this puts them back.
        repeat=True,
        apply=render(f"{NAME}/{NAME}.apply.sh", name=NAME),
        check=render(f"{NAME}/{NAME}.check.sh", command=_COMMAND),
    )


def health() -> str:
    """Shell that prints what is wrong with the rules of this node."""
    return f"{_COMMAND} check"


def closed(role: Role, services: Sequence[Service], opened: Sequence[str]) -> Iterator[tuple[str, Port]]:
    """Each port on nodes of a role that containers do not reach, once, with the name of its service."""
    seen: set[tuple[str, int | None]] = set()
    for service in services:
        for port in _ports(service, role):
            if service.name not in opened and (port.protocol, port.port) not in seen:
                seen.add((port.protocol, port.port))
                yield service.name, port


def can_open(service: Service) -> bool:
    """Whether the service has a port that is closed to containers by default."""
    return any(True for role in ROLES for _ in _ports(service, role))


def _ports(service: Service, role: Role) -> Iterator[Port]:
    for port in service.ports:
        if port.source in _INSIDE and port.protocol != "icmp" and not port.apps and role in port.roles:
            yield port
    if service.ui and role in service.ui.roles:
        yield Port(name=f"{service.name}-page", port=service.ui.port, source="node", description="its page")
