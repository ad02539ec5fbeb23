"""Plan: every node and every address of the cluster, computed from Settings before anything exists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

from infra.config import bounds
from infra.config.settings import Settings, SettingsError
from infra.plan import addressing, consistency, subnets

Role = Literal["master", "slave"]
ROLES: tuple[Role, ...] = ("master", "slave")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One host. A node keeps its ordinal for life; every other field is computed from role and ordinal."""

    role: Role
    ordinal: int
    index: int
    zone: str
    private_address: IPv4Address
    bridge: IPv4Interface
    bridge_mac: str
    containers: IPv4Network

    @property
    def name(self) -> str:
        return f"{self.role}-{self.ordinal}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The cluster: masters and slaves in the order of their ordinals, subnets by zone name.

    `subnets` are the nodes'. `public_subnets` are those of the load balancer, the NAT gateways and the bastion; empty
    if the nodes' own are public.
    """

    settings: Settings
    subnets: Mapping[str, IPv4Network]
    public_subnets: Mapping[str, IPv4Network]
    masters: tuple[Node, ...]
    slaves: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.masters + self.slaves

    def peers(self, node: Node) -> tuple[Node, ...]:
        """The nodes that this node's router dials.

        A slave dials the masters, so its list is the same whichever slaves exist. A master dials all other nodes,
        so a node that has rebooted is connected as soon as any other node is up.
        """
        others = self.masters if node.role == "slave" else self.nodes
        return tuple(other for other in others if other != node)

    def ranges(self, role: Role) -> Iterator[tuple[IPv4Address, IPv4Address]]:
        """First and last private address, in each subnet, that a node of the role can have, whichever nodes exist."""
        indices = {
            "master": (addressing.master_index(1), bounds.MASTERS_MOST),
            "slave": (addressing.slave_index(1), bounds.INDEX_MOST),
        }
        for subnet in self.subnets.values():
            yield addressing.private_range(subnet, *indices[role])

    @classmethod
    def of(cls, settings: Settings) -> "Plan":
        """Pure; raises SettingsError when values of the settings contradict each other."""
        if problems := list(consistency.problems(settings)):
            raise SettingsError("\n".join(problems))
        zones, ranges = subnets.zones(settings), subnets.nodes(settings)

        def node(role: Role, ordinal: int, index: int) -> Node:
            zone = zones[(ordinal - 1) % len(zones)]
            return Node(
                role=role,
                ordinal=ordinal,
                index=index,
                zone=zone,
                private_address=addressing.private_address(ranges[zone], index),
                bridge=addressing.bridge(settings.weave_cidr, index),
                bridge_mac=addressing.bridge_mac(settings.weave_cidr, index),
                containers=addressing.containers(settings.weave_cidr, index),
            )

        return cls(
            settings=settings,
            subnets=ranges,
            public_subnets=subnets.public(settings),
            masters=tuple(
                node("master", ordinal, addressing.master_index(ordinal))
                for ordinal in range(1, settings.master_count + 1)
            ),
            slaves=tuple(
                node("slave", ordinal, addressing.slave_index(ordinal))
                for ordinal in range(1, settings.slave_count + 1)
                if ordinal not in settings.retired_slaves
            ),
        )
