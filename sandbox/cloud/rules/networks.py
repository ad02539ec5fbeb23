"""Rules of VPCs, subnets, internet gateways and routes."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from sandbox.cloud.rules.request import Refusal, Request, in_use, invalid
from sandbox.hosts.ranges import clashes, machine_routes

SUBNET_LONGEST = 28


def vpc_range(request: Request) -> Iterator[Refusal]:
    """The sandbox's own rule: this machine has another route to it."""
    cidr = request.text("CidrBlock")
    try:
        IPv4Network(cidr)
    except ValueError:
        return  # moto refuses it with a reason
    for clash in clashes({"vpcCidr": cidr}, machine_routes(), request.own_device):
        yield Refusal(code="InvalidVpc.Range", message=clash)


def subnet_range(request: Request) -> Iterator[Refusal]:
    """Not smaller than a /28; moto refuses one outside its VPC, and one that overlaps another."""
    cidr = request.text("CidrBlock")
    if cidr and IPv4Network(cidr, strict=False).prefixlen > SUBNET_LONGEST:
        yield Refusal(code="InvalidSubnet.Range", message=f"The CIDR '{cidr}' is invalid.")


def subnet_unused(request: Request) -> Iterator[Refusal]:
    subnet_id, records = request.text("SubnetId"), request.records
    instances = any(instance.subnet_id == subnet_id for instance in records.live())
    balancers = any(subnet.id == subnet_id for balancer in records.balancers() for subnet in balancer.subnets)
    gateways = any(gateway.subnet_id == subnet_id for gateway in records.nat_gateways())
    if instances or balancers or gateways:
        yield in_use(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def vpc_unused(request: Request) -> Iterator[Refusal]:
    """Nothing is in it except what came with it."""
    vpc_id, records = request.text("VpcId"), request.records
    groups = (group for group in records.groups() if group.vpc_id == vpc_id)
    inside = (*records.subnets(vpc_id), *records.route_tables(vpc_id), records.gateway_of(vpc_id), next(groups, None))
    if any(inside):
        yield in_use(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")


def one_gateway(request: Request) -> Iterator[Refusal]:
    vpc_id = request.text("VpcId")
    there = request.records.gateway_of(vpc_id)
    if there and there.id != request.text("InternetGatewayId"):
        yield invalid(f"Network {vpc_id} already has an internet gateway attached")


def gateway_unused(request: Request) -> Iterator[Refusal]:
    """No instance, NAT gateway or load balancer of the VPC has a public address."""
    vpc_id, records = request.text("VpcId"), request.records
    public = {subnet.id for subnet in records.subnets(vpc_id) if subnet.map_public_ip_on_launch in (True, "true")}
    instances = any(instance.subnet_id in public for instance in records.live())
    balancers = (each for each in records.balancers() if each.vpc_id == vpc_id and each.scheme != "internal")
    elastic = (each for each in records.addresses() if each.eni and each.eni.subnet.vpc_id == vpc_id)
    if instances or any(balancers) or any(elastic):
        yield in_use(
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway."
        )


def gateway_for_nat(request: Request) -> Iterator[Refusal]:
    """AWS makes the NAT gateway all the same, and it ends in the state `failed` with this code and message."""
    subnet = request.records.region.subnet(request.text("SubnetId"))
    if subnet and not request.records.gateway_of(subnet.vpc_id):
        message = f"Network {subnet.vpc_id} has no Internet gateway attached"
        yield Refusal(code="Gateway.NotAttached", message=message)


def gateway_for_address(request: Request) -> Iterator[Refusal]:
    identity = request.text("InstanceId")
    for instance in request.records.live():
        if instance.id == identity and not request.records.gateway_of(instance.vpc_id):
            message = f"Network {instance.vpc_id} is not attached to any internet gateway"
            yield Refusal(code="Gateway.NotAttached", message=message)


def address_unused(request: Request) -> Iterator[Refusal]:
    """Nothing has it: neither an instance nor a NAT gateway."""
    allocation, records = request.text("AllocationId"), request.records
    gateways = {each._eni.id for each in records.nat_gateways()}
    for address in records.addresses():
        if address.allocation_id == allocation and (address.instance or (address.eni and address.eni.id in gateways)):
            yield Refusal(code="InvalidIPAddress.InUse", message=f"Address {address.public_ip} is in use.")


def route_to_attached(request: Request) -> Iterator[Refusal]:
    table_id, gateway_id = request.text("RouteTableId"), request.text("GatewayId")
    table = request.records.route_table(table_id)
    for gateway in request.records.gateways():
        if table and gateway.id == gateway_id and (not gateway.vpc or gateway.vpc.id != table.vpc_id):
            yield invalid(f"route table {table_id} and network gateway {gateway_id} belong to different networks")
