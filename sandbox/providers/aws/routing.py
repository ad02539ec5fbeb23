"""Route tables, their routes, and the subnets that use them."""

from typing import Any

from sandbox.providers.aws.kind import Api, Kind, arn, capital, given, live, only, tagged
from sandbox.providers.values import Plain

_TARGETS = ("gatewayId", "natGatewayId")
"""Where a route leads, one of these."""


def _find_table(api: Api, identity: str) -> Any:
    return only(lambda: api.ec2.describe_route_tables(RouteTableIds=[identity]), "RouteTables")


def _create_table(api: Api, inputs: Plain) -> str:
    made = api.ec2.create_route_table(**given(inputs, "vpcId"), **tagged("route-table", api, inputs))
    return str(made["RouteTable"]["RouteTableId"])


ROUTE_TABLE = Kind(
    required=("vpcId",),
    create=_create_table,
    read=lambda api, identity: live(arn(api, "route-table", identity), _find_table(api, identity), "vpcId"),
    delete=lambda api, identity, _: api.ec2.delete_route_table(RouteTableId=identity),
    replace_on=("vpcId",),
    computed=("arn",),
)


def _create_route(api: Api, inputs: Plain) -> str:
    """A route has no id of its own: table and destination make one."""
    table, destination = inputs["routeTableId"], inputs["destinationCidrBlock"]
    api.ec2.create_route(**given(inputs, "routeTableId", "destinationCidrBlock", *_TARGETS))
    return f"{table}_{destination}"


def _read_route(api: Api, identity: str) -> Plain | None:
    table_id, destination = identity.split("_", 1)
    table = _find_table(api, table_id)
    for route in table["Routes"] if table else ():
        if route.get("DestinationCidrBlock") == destination:
            return {key: route[capital(key)] for key in _TARGETS if route.get(capital(key))}
    return None


def _update_route(api: Api, identity: str, changes: Plain) -> None:
    table, destination = identity.split("_", 1)
    api.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=destination, **given(changes, *_TARGETS))


ROUTE = Kind(
    required=("routeTableId", "destinationCidrBlock"),
    create=_create_route,
    read=_read_route,
    update=_update_route,
    delete=lambda api, _, state: api.ec2.delete_route(**given(state, "routeTableId", "destinationCidrBlock")),
    replace_on=("routeTableId", "destinationCidrBlock"),
    taggable=False,
)


def _read_association(api: Api, identity: str) -> Plain | None:
    filters = [{"Name": "association.route-table-association-id", "Values": [identity]}]
    for table in api.ec2.describe_route_tables(Filters=filters)["RouteTables"]:
        for association in table["Associations"]:
            if association["RouteTableAssociationId"] == identity:
                return {"routeTableId": table["RouteTableId"], "subnetId": association.get("SubnetId")}
    return None


def _associate(api: Api, inputs: Plain) -> str:
    return str(api.ec2.associate_route_table(**given(inputs, "routeTableId", "subnetId"))["AssociationId"])


ROUTE_TABLE_ASSOCIATION = Kind(
    required=("routeTableId", "subnetId"),
    create=_associate,
    read=_read_association,
    delete=lambda api, identity, _: api.ec2.disassociate_route_table(AssociationId=identity),
    replace_on=("routeTableId", "subnetId"),
    taggable=False,
)
