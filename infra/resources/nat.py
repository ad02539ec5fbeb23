"""NAT gateways: the way out of subnets whose machines have private addresses alone."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.config.settings import Settings
from infra.resources.subnets import Subnets
from infra.steps.service import WORLD


def way_out(
    settings: Settings,
    vpc: aws.ec2.Vpc,
    public: Subnets,
    nodes: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> tuple[pulumi.Resource, ...]:
    """A NAT gateway in the first zone, or in each, and the routes of the `nodes`' subnets (zone to id) to it."""
    zones = list(public.ids) if settings.nat_gateways == "zone" else list(public.ids)[:1]
    tables = {zone: _table(zone, vpc, public, opts) for zone in zones}
    made: list[pulumi.Resource] = [route for _, route in tables.values()]
    for zone, subnet_id in nodes.items():
        table, _ = tables.get(zone, tables[zones[0]])
        made.append(
            aws.ec2.RouteTableAssociation(f"routes-{zone}", route_table_id=table.id, subnet_id=subnet_id, opts=opts)
        )
    return tuple(made)


def _table(
    zone: str, vpc: aws.ec2.Vpc, public: Subnets, opts: pulumi.ResourceOptions
) -> tuple[aws.ec2.RouteTable, aws.ec2.Route]:
    """A table whose route leads to a NAT gateway of its own in this zone."""
    name = f"nat-{zone}"
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(public.ready)))
    address = aws.ec2.Eip(name, domain="vpc", tags={"Name": f"apollo-{name}"}, opts=after)
    gateway = aws.ec2.NatGateway(
        name,
        subnet_id=public.ids[zone],
        allocation_id=address.allocation_id,
        tags={"Name": f"apollo-{zone}"},
        opts=after,
    )
    table = aws.ec2.RouteTable(f"{name}-routes", vpc_id=vpc.id, opts=opts)
    route = aws.ec2.Route(
        f"{name}-route-out",
        route_table_id=table.id,
        destination_cidr_block=str(WORLD),
        nat_gateway_id=gateway.id,
        opts=opts,
    )
    return table, route
