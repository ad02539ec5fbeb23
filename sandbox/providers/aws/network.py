"""VPC, subnets and the gateway to the world."""

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
