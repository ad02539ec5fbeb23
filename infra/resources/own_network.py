"""A VPC of the cluster's own: a subnet in each zone, and the way out."""

from collections.abc import Mapping
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from infra.plan.plan import Plan
from infra.resources import nat
from infra.resources.subnets import Layout, Subnets, reservations
from infra.steps.service import WORLD


def make(plan: Plan, opts: pulumi.ResourceOptions) -> Layout:
    vpc = aws.ec2.Vpc(
        "vpc",
        cidr_block=str(plan.settings.vpc_cidr),
        enable_dns_hostnames=True,
        tags={"Name": "apollo"},
        opts=opts,
    )
    # Nothing is in it; as AWS makes it, its members reach each other, and everything outside.
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, opts=opts)
    table, route = _gateway(vpc, opts)
    private = plan.settings.private
    nodes = _subnets("subnet", "apollo", vpc, plan.subnets, opts, public=not private)
    reserved = reservations(plan, _ids(nodes), opts)
    if not private:
        ready = (route, *_associations("routes", nodes, table, opts))
        return Layout(
            vpc_id=vpc.id,
            nodes=Subnets(ids=_ids(nodes), ready=ready),
            public=Subnets(ids=_ids(nodes), ready=(*ready, *reserved)),
        )
    front = _subnets("public", "apollo-public", vpc, plan.public_subnets, opts)
    public = Subnets(ids=_ids(front), ready=(route, *_associations("routes-public", front, table, opts)))
    way_out = nat.way_out(plan.settings, vpc, public, _ids(nodes), opts)
    return Layout(vpc_id=vpc.id, nodes=Subnets(ids=_ids(nodes), ready=way_out), public=public)


def _gateway(vpc: aws.ec2.Vpc, opts: pulumi.ResourceOptions) -> tuple[aws.ec2.RouteTable, aws.ec2.Route]:
    """The route to the Internet, in a table for subnets whose machines have public addresses."""
    gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id, opts=opts)
    table = aws.ec2.RouteTable("routes", vpc_id=vpc.id, opts=opts)
    route = aws.ec2.Route(
        "route-out",
        route_table_id=table.id,
        destination_cidr_block=str(WORLD),
        gateway_id=gateway.id,
        opts=opts,
    )
    return table, route


def _subnets(
    name: str,
    tag: str,
    vpc: aws.ec2.Vpc,
    cidrs: Mapping[str, IPv4Network],
    opts: pulumi.ResourceOptions,
    *,
    public: bool = False,
) -> dict[str, aws.ec2.Subnet]:
    """By zone name; with `public`, machines in them get public addresses by themselves."""
    return {
        zone: aws.ec2.Subnet(
            f"{name}-{zone}",
            vpc_id=vpc.id,
            availability_zone=zone,
            cidr_block=str(cidr),
            map_public_ip_on_launch=public,
            tags={"Name": f"{tag}-{zone}"},
            opts=opts,
        )
        for zone, cidr in cidrs.items()
    }


def _ids(subnets: Mapping[str, aws.ec2.Subnet]) -> dict[str, pulumi.Input[str]]:
    return {zone: subnet.id for zone, subnet in subnets.items()}


def _associations(
    name: str, subnets: Mapping[str, aws.ec2.Subnet], table: aws.ec2.RouteTable, opts: pulumi.ResourceOptions
) -> tuple[aws.ec2.RouteTableAssociation, ...]:
    return tuple(
        aws.ec2.RouteTableAssociation(f"{name}-{zone}", route_table_id=table.id, subnet_id=subnet.id, opts=opts)
        for zone, subnet in subnets.items()
    )
