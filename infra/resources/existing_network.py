"""A network that exists: its VPC and subnets are read and compared with the plan; the program changes neither."""

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any, NoReturn

import pulumi
import pulumi_aws as aws

from infra.config.settings import Settings, SettingsError
from infra.plan import existing
from infra.plan.plan import Plan
from infra.plan.subnets import ids
from infra.resources.subnets import Layout, Subnets, reservations


def use(plan: Plan, opts: pulumi.ResourceOptions) -> Layout:
    """Each of its ids fails with SettingsError if something differs, so that nothing is made in the network."""
    settings = plan.settings
    agrees = _agrees(settings, pulumi.InvokeOutputOptions(parent=opts.parent))

    def checked(value: str) -> pulumi.Output[str]:
        return agrees.apply(lambda _: value)

    found = {
        kind: {zone: checked(subnet) for zone, subnet in ids(settings, kind).items()}
        for kind in existing.kinds(settings)
    }
    reserved = reservations(plan, found[settings.topology], opts)
    # A load balancer in the nodes' own subnets gets its addresses from what is not reserved.
    ready = () if settings.private else reserved
    return Layout(
        vpc_id=checked(settings.vpc_id),
        nodes=Subnets(ids=found[settings.topology]),
        public=Subnets(ids=found["public"], ready=ready),
    )


def _agrees(settings: Settings, opts: pulumi.InvokeOutputOptions) -> pulumi.Output[None]:
    """Fails with all that differs."""
    subnets = {
        kind: {
            letter: aws.ec2.get_subnet_output(id=subnet, opts=opts)
            .recover(_unread(f"subnetIds.{kind}.{letter} is {subnet}", settings))
            .apply(_subnet)
            for letter, subnet in settings.subnet_ids[kind].items()
        }
        for kind in existing.kinds(settings)
    }
    vpc = (
        aws.ec2.get_vpc_output(id=settings.vpc_id, opts=opts)
        .recover(_unread(f"vpcId is {settings.vpc_id}", settings))
        .apply(_vpc)
    )

    def compare(read: list[Any]) -> None:
        if problems := list(existing.differences(settings, *read)):
            raise SettingsError("\n".join(problems))

    return pulumi.Output.all(vpc, subnets).apply(compare)


def _unread(value: str, settings: Settings) -> Callable[[Exception], NoReturn]:
    def fail(error: Exception) -> NoReturn:
        raise SettingsError(
            f"{value}, which can't be read in {settings.region}: name one of that region that your permissions allow "
            f"you to describe ({error})"
        )

    return fail


def _vpc(read: aws.ec2.GetVpcResult) -> existing.Vpc:
    ranges = [each.cidr_block for each in read.cidr_block_associations if each.state == "associated"]
    return existing.Vpc(
        id=read.id,
        cidr=IPv4Network(read.cidr_block),
        cidrs=tuple(map(IPv4Network, ranges)),
        resolves=read.enable_dns_support,
    )


def _subnet(read: aws.ec2.GetSubnetResult) -> existing.Subnet:
    return existing.Subnet(
        id=read.id,
        vpc_id=read.vpc_id,
        zone=read.availability_zone,
        cidr=IPv4Network(read.cidr_block),
        public=read.map_public_ip_on_launch,
    )
