"""The VPC: a subnet in each zone, the way out, and a rule for each port and source that the services declare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.plan import addressing
from infra.plan.plan import ROLES, Plan
from infra.steps.service import WORLD, Port


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    plan: Plan
    ports: Sequence[Port]


class Network(pulumi.ComponentResource):
    """`subnets` by zone name; every node is in `security_group` and in `role_groups[node.role]`.

    `way_out` connects the subnets to the Internet. `reservations` keep AWS from giving the planned addresses of nodes
    to anything else.
    """

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:network:Network", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=str(args.plan.settings.vpc_cidr),
            enable_dns_hostnames=True,
            tags={"Name": "apollo"},
            opts=self._child,
        )
        # Nothing is in it; as AWS makes it, its members reach each other, and everything outside.
        aws.ec2.DefaultSecurityGroup("default", vpc_id=self.vpc.id, opts=self._child)
        self.subnets, self.way_out = self._subnets(args.plan)
        self.reservations = self._reservations(args.plan)
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
        for port in args.ports:
            if port.source != "node":
                self._open(port, args.plan)
        self.register_outputs({"vpcId": self.vpc.id, "securityGroupId": self.security_group.id})

    def _subnets(self, plan: Plan) -> tuple[dict[str, aws.ec2.Subnet], tuple[pulumi.Resource, ...]]:
        """The subnets by zone name, and what routes their packets."""
        gateway = aws.ec2.InternetGateway("gateway", vpc_id=self.vpc.id, opts=self._child)
        routes = aws.ec2.RouteTable("routes", vpc_id=self.vpc.id, opts=self._child)
        route = aws.ec2.Route(
            "route-out",
            route_table_id=routes.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=self._child,
        )
        subnets = {
            zone: aws.ec2.Subnet(
                f"subnet-{zone}",
                vpc_id=self.vpc.id,
                availability_zone=zone,
                cidr_block=str(cidr),
                map_public_ip_on_launch=True,
                tags={"Name": f"apollo-{zone}"},
                opts=self._child,
            )
            for zone, cidr in plan.subnets.items()
        }
        associations = [
            aws.ec2.RouteTableAssociation(
                f"routes-{zone}", route_table_id=routes.id, subnet_id=subnet.id, opts=self._child
            )
            for zone, subnet in subnets.items()
        ]
        return subnets, (route, *associations)

    def _reservations(self, plan: Plan) -> tuple[aws.ec2.SubnetCidrReservation, ...]:
        """Of the planned addresses of nodes, in each subnet that has room for others."""
        return tuple(
            aws.ec2.SubnetCidrReservation(
                f"planned-{zone}",
                subnet_id=self.subnets[zone].id,
                cidr_block=str(reserved),
                reservation_type="explicit",
                description="Apollo: the planned addresses of nodes",
                opts=self._child,
            )
            for zone, cidr in plan.subnets.items()
            if (reserved := addressing.reservation(cidr))
        )

    def _group(self, name: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(name, vpc_id=self.vpc.id, description=description, opts=self._child)

    def _open(self, port: Port, plan: Plan) -> None:
        groups = (
            {port.name: self.security_group}
            if set(port.roles) == set(ROLES)
            else {f"{port.name}-on-{role}s": self.role_groups[role] for role in port.roles}
        )
        for name, group in groups.items():
            for suffix, source in self._sources(port, plan):
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-from-{suffix}",
                    security_group_id=group.id,
                    ip_protocol=port.protocol,
                    from_port=port.port,
                    to_port=port.to or port.port,
                    description=port.description,
                    opts=self._child,
                    **source,
                )

    def _sources(self, port: Port, plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
        if port.source == "nodes":
            yield "nodes", {"referenced_security_group_id": self.security_group.id}
            return
        if port.source == "world":
            yield "world", {"cidr_ipv4": str(WORLD)}
            return
        for cidr in plan.settings.admin_cidrs:
            yield str(cidr).replace("/", "-"), {"cidr_ipv4": str(cidr)}
