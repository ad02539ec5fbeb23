"""The network: the VPC with its subnets, and a rule for each port and source that the services declare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.plan.plan import ROLES, Plan
from infra.resources import existing_network, own_network
from infra.steps.service import PATH_MTU, WORLD, Port

_UPDATES = {"http": 80, "https": 443}
"""Where the bastion gets the security updates of its system."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    plan: Plan
    ports: Sequence[Port]


class Network(pulumi.ComponentResource):
    """`nodes` and `public` are subnets; every node is in `security_group` and in `role_groups[node.role]`.

    `bastion_group` is None where the nodes' own subnets are public.
    """

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:network:Network", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        layout = (existing_network.use if args.plan.settings.vpc_id else own_network.make)(args.plan, self._child)
        self.vpc_id, self.nodes, self.public = layout.vpc_id, layout.nodes, layout.public
        self.security_group = self._group("nodes", "Apollo: every node of the cluster")
        self.role_groups = {role: self._group(f"{role}s", f"Apollo: the {role}s") for role in ROLES}
        aws.vpc.SecurityGroupEgressRule(
            "out",
            security_group_id=self.security_group.id,
            ip_protocol="-1",
            cidr_ipv4="0.0.0.0/0",
            description="everything out",
            opts=self._child,
        )
        self.bastion_group = self._bastion(args) if args.plan.settings.private else None
        for port in args.ports:
            if port.source != "node":
                self._open(port, args.plan)
        self.register_outputs({"vpcId": self.vpc_id, "securityGroupId": self.security_group.id})

    def _bastion(self, args: NetworkArgs) -> aws.ec2.SecurityGroup:
        """What of the nodes is open to the admins is open on the bastion instead, and from there on the nodes."""
        group = self._group("bastion", "Apollo: the bastion")
        for port in args.ports:
            if port.source != "admins":
                continue
            for suffix, source in self._admins(args.plan):
                self._allow(f"bastion-{port.name}-from-{suffix}", group, port, source)
            self._let_out(f"bastion-{port.name}-to-nodes", group, port, self._in(self.security_group))
        self._allow(f"bastion-{PATH_MTU.name}-from-world", group, PATH_MTU, {"cidr_ipv4": str(WORLD)})
        for name, number in _UPDATES.items():
            port = Port(name=name, port=number, description=f"{name}: updates of the system")
            self._let_out(f"bastion-{name}-out", group, port, {"cidr_ipv4": str(WORLD)})
        return group

    def _group(self, name: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(name, vpc_id=self.vpc_id, description=description, opts=self._child)

    def _open(self, port: Port, plan: Plan) -> None:
        groups = (
            {port.name: self.security_group}
            if set(port.roles) == set(ROLES)
            else {f"{port.name}-on-{role}s": self.role_groups[role] for role in port.roles}
        )
        for name, group in groups.items():
            for suffix, source in self._sources(port, plan):
                self._allow(f"{name}-from-{suffix}", group, port, source)

    def _allow(self, name: str, group: aws.ec2.SecurityGroup, port: Port, source: dict[str, Any]) -> None:
        aws.vpc.SecurityGroupIngressRule(
            name, security_group_id=group.id, opts=self._child, **_numbers(port), **source
        )

    def _let_out(self, name: str, group: aws.ec2.SecurityGroup, port: Port, target: dict[str, Any]) -> None:
        aws.vpc.SecurityGroupEgressRule(
            name, security_group_id=group.id, opts=self._child, **_numbers(port), **target
        )

    def _in(self, group: aws.ec2.SecurityGroup) -> dict[str, Any]:
        return {"referenced_security_group_id": group.id}

    def _sources(self, port: Port, plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
        if port.source == "nodes":
            yield "nodes", self._in(self.security_group)
        elif port.source == "world":
            yield "world", {"cidr_ipv4": str(WORLD)}
        elif self.bastion_group:
            yield "bastion", self._in(self.bastion_group)
        else:
            yield from self._admins(plan)

    def _admins(self, plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
        for cidr in plan.settings.admin_cidrs:
            yield str(cidr).replace("/", "-"), {"cidr_ipv4": str(cidr)}


def _numbers(port: Port) -> dict[str, Any]:
    """The arguments of a rule that opens this port."""
    return {
        "ip_protocol": port.protocol,
        "from_port": port.port,
        "to_port": port.to or port.port,
        "description": port.description,
    }
