"""The subnets that a cluster is in, whether the program makes them or they exist."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.plan import addressing
from infra.plan.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """`ids` by zone name. What is in these subnets is made after `ready`, and deleted before it."""

    ids: Mapping[str, pulumi.Input[str]]
    ready: tuple[pulumi.Resource, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`nodes` are in the one part of the VPC, the load balancer and the bastion in `public`; that may be the same."""

    vpc_id: pulumi.Input[str]
    nodes: Subnets
    public: Subnets


def reservations(
    plan: Plan, ids: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> tuple[aws.ec2.SubnetCidrReservation, ...]:
    """Of the planned addresses of nodes, in each subnet that has room for others: AWS gives them to nothing else."""
    return tuple(
        aws.ec2.SubnetCidrReservation(
            f"planned-{zone}",
            subnet_id=ids[zone],
            cidr_block=str(reserved),
            reservation_type="explicit",
            description="Apollo: the planned addresses of nodes",
            opts=opts,
        )
        for zone, cidr in plan.subnets.items()
        if (reserved := addressing.reservation(cidr))
    )
