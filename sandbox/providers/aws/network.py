"""VPC, subnets and the gateway to the world."""

from sandbox.providers.aws.kind import Api, Kind, arn, capital, found_or_none, given, live, only, tagged
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import Plain

_HOSTNAMES = "enableDnsHostnames"
_PUBLIC = "mapPublicIpOnLaunch"


def _set_vpc(api: Api, identity: str, changes: Plain) -> None:
    for name, value in given(changes, _HOSTNAMES).items():
        api.ec2.modify_vpc_attribute(VpcId=identity, **{name: {"Value": value}})


def _create_vpc(api: Api, inputs: Plain) -> str:
    made = api.ec2.create_vpc(**given(inputs, "cidrBlock"), **tagged("vpc", api, inputs))
    identity = str(made["Vpc"]["VpcId"])
    _set_vpc(api, identity, inputs)
    return identity


def _read_vpc(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.ec2.describe_vpcs(VpcIds=[identity]), "Vpcs")
    vpc = live(arn(api, "vpc", identity), found, "cidrBlock")
    if vpc is None:
        return None
    attribute = api.ec2.describe_vpc_attribute(VpcId=identity, Attribute=_HOSTNAMES)
    return {**vpc, _HOSTNAMES: attribute[capital(_HOSTNAMES)]["Value"]}


VPC = Kind(
    required=("cidrBlock",),
    create=_create_vpc,
    read=_read_vpc,
    update=_set_vpc,
    delete=lambda api, identity, _: api.ec2.delete_vpc(VpcId=identity),
    replace_on=("cidrBlock",),
    computed=("arn",),
)


def read_vpc(api: Api, identity: str) -> Plain:
    """What aws:ec2/getVpc answers, as far as the program uses it."""
    if (found := only(lambda: api.ec2.describe_vpcs(VpcIds=[identity]), "Vpcs")) is None:
        raise ProviderError(f"no matching EC2 VPC found: {identity}")
    attribute = api.ec2.describe_vpc_attribute(VpcId=identity, Attribute="enableDnsSupport")
    ranges = [
        {
            "associationId": each["AssociationId"],
            "cidrBlock": each["CidrBlock"],
            "state": each["CidrBlockState"]["State"],
        }
        for each in found["CidrBlockAssociationSet"]
    ]
    return {
        "id": identity,
        "cidrBlock": found["CidrBlock"],
        "cidrBlockAssociations": ranges,
        "enableDnsSupport": attribute["EnableDnsSupport"]["Value"],
    }


def read_subnet(api: Api, identity: str) -> Plain:
    """What aws:ec2/getSubnet answers, likewise."""
    if (found := _read_subnet(api, identity)) is None:
        raise ProviderError(f"no matching EC2 Subnet found: {identity}")
    return {"id": identity, **found}


def _set_subnet(api: Api, identity: str, changes: Plain) -> None:
    for name, value in given(changes, _PUBLIC).items():
        api.ec2.modify_subnet_attribute(SubnetId=identity, **{name: {"Value": value}})


def _create_subnet(api: Api, inputs: Plain) -> str:
    place = given(inputs, "vpcId", "cidrBlock", "availabilityZone")
    made = api.ec2.create_subnet(**place, **tagged("subnet", api, inputs))
    identity = str(made["Subnet"]["SubnetId"])
    _set_subnet(api, identity, inputs)
    return identity


def _read_subnet(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.ec2.describe_subnets(SubnetIds=[identity]), "Subnets")
    return live(arn(api, "subnet", identity), found, "vpcId", "cidrBlock", "availabilityZone", _PUBLIC)


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
    api.ec2.attach_internet_gateway(InternetGatewayId=identity, VpcId=inputs["vpcId"])
    return identity


def _read_gateway(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.ec2.describe_internet_gateways(InternetGatewayIds=[identity]), "InternetGateways")
    return live(arn(api, "internet-gateway", identity), found)


def _delete_gateway(api: Api, identity: str, state: Plain) -> None:
    found_or_none(lambda: api.ec2.detach_internet_gateway(InternetGatewayId=identity, VpcId=state["vpcId"]))
    api.ec2.delete_internet_gateway(InternetGatewayId=identity)


GATEWAY = Kind(
    required=("vpcId",),
    create=_create_gateway,
    read=_read_gateway,
    delete=_delete_gateway,
    replace_on=("vpcId",),
    computed=("arn",),
)
