"""VPC, subnets and the way out."""

from typing import Any

from sandbox.providers.aws.kind import Api, Kind, arn, found_or_none, only, tagged, tags_of
from sandbox.providers.values import Plain


def _attribute(name: str) -> str:
    """enableDnsSupport -> EnableDnsSupport"""
    return name[0].upper() + name[1:]


_VPC_ATTRIBUTES = ("enableDnsSupport", "enableDnsHostnames")


def _set_vpc(api: Api, identity: str, changes: Plain) -> None:
    for name in _VPC_ATTRIBUTES:
        if name in changes:
            api.ec2.modify_vpc_attribute(VpcId=identity, **{_attribute(name): {"Value": bool(changes[name])}})


def _create_vpc(api: Api, inputs: Plain) -> str:
    made = api.ec2.create_vpc(CidrBlock=inputs["cidrBlock"], **tagged("vpc", api, inputs))
    identity = str(made["Vpc"]["VpcId"])
    _set_vpc(api, identity, inputs)
    return identity


def _read_vpc(api: Api, identity: str) -> Plain | None:
    vpc = only(lambda: api.ec2.describe_vpcs(VpcIds=[identity]), "Vpcs")
    if vpc is None:
        return None
    outputs = {"arn": arn(api, "vpc", identity), "cidrBlock": vpc["CidrBlock"], "tagsAll": tags_of(vpc)}
    for name in _VPC_ATTRIBUTES:
        attribute = _attribute(name)
        found = api.ec2.describe_vpc_attribute(VpcId=identity, Attribute=name)
        outputs[name] = found[attribute]["Value"]
    return outputs


VPC = Kind(
    required=("cidrBlock",),
    create=_create_vpc,
    read=_read_vpc,
    update=_set_vpc,
    delete=lambda api, identity, _: api.ec2.delete_vpc(VpcId=identity),
    replace_on=("cidrBlock", "instanceTenancy"),
    computed=("arn",),
)


def _set_subnet(api: Api, identity: str, changes: Plain) -> None:
    if "mapPublicIpOnLaunch" in changes:
        value = {"Value": bool(changes["mapPublicIpOnLaunch"])}
        api.ec2.modify_subnet_attribute(SubnetId=identity, MapPublicIpOnLaunch=value)


def _create_subnet(api: Api, inputs: Plain) -> str:
    zone = {"AvailabilityZone": inputs["availabilityZone"]} if "availabilityZone" in inputs else {}
    made = api.ec2.create_subnet(
        VpcId=inputs["vpcId"], CidrBlock=inputs["cidrBlock"], **zone, **tagged("subnet", api, inputs)
    )
    identity = str(made["Subnet"]["SubnetId"])
    _set_subnet(api, identity, inputs)
    return identity


def _read_subnet(api: Api, identity: str) -> Plain | None:
    subnet = only(lambda: api.ec2.describe_subnets(SubnetIds=[identity]), "Subnets")
    return subnet and {
        "arn": arn(api, "subnet", identity),
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet["CidrBlock"],
        "availabilityZone": subnet["AvailabilityZone"],
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "tagsAll": tags_of(subnet),
    }


SUBNET = Kind(
    required=("vpcId", "cidrBlock"),
    create=_create_subnet,
    read=_read_subnet,
    update=_set_subnet,
    delete=lambda api, identity, _: api.ec2.delete_subnet(SubnetId=identity),
    replace_on=("vpcId", "cidrBlock", "availabilityZone"),
    computed=("arn", "availabilityZone"),
)


def _create_gateway(api: Api, inputs: Plain) -> str:
    made = api.ec2.create_internet_gateway(**tagged("internet-gateway", api, inputs))
    identity = str(made["InternetGateway"]["InternetGatewayId"])
    if "vpcId" in inputs:
        api.ec2.attach_internet_gateway(InternetGatewayId=identity, VpcId=inputs["vpcId"])
    return identity


def _read_gateway(api: Api, identity: str) -> Plain | None:
    gateway = only(lambda: api.ec2.describe_internet_gateways(InternetGatewayIds=[identity]), "InternetGateways")
    if gateway is None:
        return None
    attached = [attachment["VpcId"] for attachment in gateway.get("Attachments", [])]
    return {
        "arn": arn(api, "internet-gateway", identity),
        "vpcId": attached[0] if attached else None,
        "tagsAll": tags_of(gateway),
    }


def _delete_gateway(api: Api, identity: str, state: Plain) -> None:
    if state.get("vpcId"):
        found_or_none(lambda: api.ec2.detach_internet_gateway(InternetGatewayId=identity, VpcId=state["vpcId"]))
    api.ec2.delete_internet_gateway(InternetGatewayId=identity)


GATEWAY = Kind(
    required=(),
    create=_create_gateway,
    read=_read_gateway,
    delete=_delete_gateway,
    replace_on=("vpcId",),
    computed=("arn",),
)


def _read_table(api: Api, identity: str) -> Any:
    return only(lambda: api.ec2.describe_route_tables(RouteTableIds=[identity]), "RouteTables")


def _table_outputs(api: Api, identity: str) -> Plain | None:
    table = _read_table(api, identity)
    if table is None:
        return None
    return {"arn": arn(api, "route-table", identity), "vpcId": table["VpcId"], "tagsAll": tags_of(table)}


ROUTE_TABLE = Kind(
    required=("vpcId",),
    create=lambda api, inputs: str(
        api.ec2.create_route_table(VpcId=inputs["vpcId"], **tagged("route-table", api, inputs))["RouteTable"][
            "RouteTableId"
        ]
    ),
    read=_table_outputs,
    delete=lambda api, identity, _: api.ec2.delete_route_table(RouteTableId=identity),
    replace_on=("vpcId",),
    computed=("arn",),
)


def _create_route(api: Api, inputs: Plain) -> str:
    """A route has no id of its own: table and destination make one."""
    table, destination = inputs["routeTableId"], inputs["destinationCidrBlock"]
    api.ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, GatewayId=inputs["gatewayId"])
    return f"{table}_{destination}"


def _read_route(api: Api, identity: str) -> Plain | None:
    table_id, destination = identity.split("_", 1)
    table = _read_table(api, table_id)
    for route in table["Routes"] if table else ():
        if route.get("DestinationCidrBlock") == destination:
            return {"gatewayId": route.get("GatewayId"), "origin": route.get("Origin"), "state": route.get("State")}
    return None


def _update_route(api: Api, identity: str, changes: Plain) -> None:
    table, destination = identity.split("_", 1)
    api.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=destination, GatewayId=changes["gatewayId"])


ROUTE = Kind(
    required=("routeTableId", "destinationCidrBlock", "gatewayId"),
    create=_create_route,
    read=_read_route,
    update=_update_route,
    delete=lambda api, _, state: api.ec2.delete_route(
        RouteTableId=state["routeTableId"], DestinationCidrBlock=state["destinationCidrBlock"]
    ),
    replace_on=("routeTableId", "destinationCidrBlock"),
    computed=("origin", "state"),
    taggable=False,
)


def _read_association(api: Api, identity: str) -> Plain | None:
    filters = [{"Name": "association.route-table-association-id", "Values": [identity]}]
    for table in api.ec2.describe_route_tables(Filters=filters)["RouteTables"]:
        for association in table["Associations"]:
            if association["RouteTableAssociationId"] == identity:
                return {"routeTableId": table["RouteTableId"], "subnetId": association.get("SubnetId")}
    return None


ROUTE_TABLE_ASSOCIATION = Kind(
    required=("routeTableId", "subnetId"),
    create=lambda api, inputs: str(
        api.ec2.associate_route_table(RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"])[
            "AssociationId"
        ]
    ),
    read=_read_association,
    delete=lambda api, identity, _: api.ec2.disassociate_route_table(AssociationId=identity),
    replace_on=("routeTableId", "subnetId"),
    taggable=False,
)
