"""Services: everything that the rest of the program needs to know about a service of the cluster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Literal

from infra.config.settings import ServiceName, Settings
from infra.plan.plan import ROLES, Node, Plan, Role
from infra.steps.step import Step

EVERY = -1
"""As EC2 writes every type, or every code, of ICMP."""

WORLD = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that is open on the nodes of `roles`: to the admins, to the cluster's nodes, to everybody or, without a
    security group rule, to the programs of its own node.

    `protocol` is tcp, udp, icmp or the number of an IP protocol, which has no ports. `to` is the last port of a range
    that begins at `port`. Of icmp, `port` is the type and `to` the code; EVERY is all of them. Containers reach no
    port of the sources nodes and node, unless apps themselves listen there (`apps`) or the config key
    openToContainers names the service.
    """

    name: str
    port: int | None
    description: str
    protocol: str = "tcp"
    source: Literal["admins", "nodes", "world", "node"] = "nodes"
    roles: tuple[Role, ...] = ROLES
    to: int | None = None
    apps: bool = False


PATH_MTU = Port(
    name="path-mtu",
    protocol="icmp",
    port=3,
    to=4,
    source="world",
    description="icmp: a packet was too large for a link on its way",
)
"""Destination unreachable, fragmentation needed (RFC 1191): without it, large packets get lost on smaller links."""


@dataclass(frozen=True, kw_only=True)
class Ui:
    """A web page on the private address of every node of `roles`; from outside, `make tunnel` reaches it."""

    port: int
    roles: tuple[Role, ...] = ROLES
    path: str = "/"


@dataclass(frozen=True, kw_only=True)
class Front:
    """HTTP ports of the slaves that the load balancer serves to the world.

    `port` gets what comes to the load balancer by HTTP, and `https_port` what it has decrypted. A slave gets
    connections to one of them while `health_path` on that port answers 200.
    """

    port: int
    https_port: int
    health_path: str


@dataclass(frozen=True, kw_only=True)
class BalancerCheck:
    """The load balancer's health check of a slave: `times` answers in a row decide, one every `interval` seconds."""

    interval: int
    timeout: int
    times: int

    @property
    def decided_seconds(self) -> int:
        """After so many seconds the load balancer has noticed a change, whichever way."""
        return self.interval * self.times + self.timeout


BALANCER_CHECK = BalancerCheck(interval=5, timeout=3, times=2)


def _nothing(node: Node, plan: Plan) -> str:
    del node, plan
    return ""


def _always(settings: Settings) -> bool:
    del settings
    return True


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, on every node of `roles`.

    `images` are the images that it runs by default; the config key `images` replaces them by their names here.
    `health` is shell: it prints what is wrong with the service on this node, and nothing when all is well. The
    node's gate waits for it, and `make status` shows it. `useless_without` are the roles that the service depends on
    for work; a note is logged when the plan has no node of one of them. Two services may share a name;
    `applies(settings)` selects the one that this stack uses.
    """

    name: str
    steps: Callable[[Node, Plan], tuple[Step, ...]]
    roles: tuple[Role, ...] = ROLES
    needs: tuple[ServiceName, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    health: Callable[[Node, Plan], str] = _nothing
    ui: Ui | None = None
    front: Front | None = None
    useless_without: tuple[Role, ...] = ()
    applies: Callable[[Settings], bool] = _always
