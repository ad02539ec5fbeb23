"""What EC2 refuses of VPCs, subnets, gateways and routes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from ipaddress import IPv4Network

import pytest

from sandbox.cloud.rules import networks
from sandbox.hosts.ranges import Route
from tests.unit.sandbox.rules.conftest import VPC, Account, refusal

PUBLIC = {"Value": True}


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("198.19.0.0/20", "InvalidSubnet.Range"),
        ("198.18.8.0/21", "InvalidSubnet.Conflict"),
        ("198.18.64.0/29", "InvalidSubnet.Range"),
        ("198.18.64.0/28", ""),
    ],
)
def test_a_subnet_lies_in_its_vpc_apart_from_the_others_and_is_not_too_small(
    account: Account, cidr: str, code: str
) -> None:
    assert account.subnets
    assert refusal(lambda: account.new_subnet(cidr)).partition(":")[0] == code


def test_a_vpc_that_clashes_with_this_machine_is_refused(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    route = Route(network=IPv4Network("192.168.0.0/16"), device="eth0")
    monkeypatch.setattr(networks, "machine_routes", lambda: [route])
    answer = refusal(lambda: account.ec2.create_vpc(CidrBlock="192.168.4.0/24"))
    assert answer.startswith("InvalidVpc.Range: ")
    assert "route 192.168.0.0/16 by eth0" in answer


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("198.18.0.0/24", "Reservation CIDR 198.18.0.0/24 has overlap with existing reserved CIDR block"),
        ("198.18.16.0/24", "Reservation CIDR should be within subnet CIDR block"),
    ],
)
def test_a_reservation_lies_in_its_subnet_apart_from_the_others(account: Account, cidr: str, message: str) -> None:
    subnet, reserve = account.subnets[0], account.ec2.create_subnet_cidr_reservation
    made = reserve(SubnetId=subnet, Cidr="198.18.0.0/23", ReservationType="explicit")["SubnetCidrReservation"]
    answer = refusal(lambda: reserve(SubnetId=subnet, Cidr=cidr, ReservationType="explicit"))
    assert answer.startswith(f"InvalidParameterValue: {message}")
    account.ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=made["SubnetCidrReservationId"])


def test_a_subnet_with_an_instance_or_a_load_balancer_stays(account: Account) -> None:
    subnet = account.new_subnet("198.18.80.0/24")
    in_use = f"DependencyViolation: The subnet '{subnet}' has dependencies and cannot be deleted."
    delete = partial(account.ec2.delete_subnet, SubnetId=subnet)
    instance = account.run(SubnetId=subnet)
    assert refusal(delete) == in_use
    account.terminate(instance)
    balancer = account.balance("in-subnet", Subnets=[subnet], Scheme="internal")
    assert refusal(delete) == in_use
    account.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    delete()


def test_a_route_leads_to_a_gateway_that_is_attached(account: Account) -> None:
    table = account.ec2.create_route_table(VpcId=account.vpc)["RouteTable"]["RouteTableId"]
    loose = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    different = f"route table {table} and network gateway {loose} belong to different networks"
    assert (
        refusal(lambda: account.ec2.create_route(GatewayId=loose, **route)) == f"InvalidParameterValue: {different}"
    )
    account.ec2.create_route(GatewayId=account.gateway, **route)
    assert different in refusal(lambda: account.ec2.replace_route(GatewayId=loose, **route))
    there = f"InvalidParameterValue: Network {account.vpc} already has an internet gateway attached"
    attach = {"InternetGatewayId": loose, "VpcId": account.vpc}
    assert refusal(lambda: account.ec2.attach_internet_gateway(**attach)) == there
    account.ec2.delete_internet_gateway(InternetGatewayId=loose)
    account.ec2.delete_route_table(RouteTableId=table)


@contextmanager
def public_instance(account: Account) -> Iterator[None]:
    subnet = account.new_subnet("198.18.96.0/24")
    account.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch=PUBLIC)
    instance = account.run(SubnetId=subnet)
    yield
    account.terminate(instance)
    account.ec2.delete_subnet(SubnetId=subnet)


@contextmanager
def elastic_instance(account: Account) -> Iterator[None]:
    instance = account.running()
    address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = account.ec2.associate_address(AllocationId=address, InstanceId=instance)["AssociationId"]
    release = partial(account.ec2.release_address, AllocationId=address)
    assert refusal(release).startswith("InvalidIPAddress.InUse: ")
    yield
    account.ec2.disassociate_address(AssociationId=association)
    release()
    account.terminate(instance)


@contextmanager
def nat_gateway(account: Account) -> Iterator[None]:
    subnet = account.new_subnet("198.18.112.0/24")
    address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = account.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    release = partial(account.ec2.release_address, AllocationId=address)
    assert refusal(release).startswith("InvalidIPAddress.InUse: ")
    assert refusal(lambda: account.ec2.delete_subnet(SubnetId=subnet)).startswith("DependencyViolation: ")
    yield
    account.ec2.delete_nat_gateway(NatGatewayId=made)
    release()
    account.ec2.delete_subnet(SubnetId=subnet)


def test_a_nat_gateway_and_an_elastic_ip_need_an_internet_gateway(account: Account) -> None:
    assert account.gateway
    vpc = account.ec2.create_vpc(CidrBlock="198.18.0.0/16")["Vpc"]["VpcId"]
    place = {"VpcId": vpc, "CidrBlock": "198.18.0.0/24"}
    subnet = account.ec2.create_subnet(**place)["Subnet"]["SubnetId"]
    address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    answer = refusal(lambda: account.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address))
    assert answer == f"Gateway.NotAttached: Network {vpc} has no Internet gateway attached"
    account.ec2.release_address(AllocationId=address)
    account.ec2.delete_subnet(SubnetId=subnet)
    account.ec2.delete_vpc(VpcId=vpc)


@contextmanager
def public_balancer(account: Account) -> Iterator[None]:
    balancer = account.balance("public")
    yield
    account.elbv2.delete_load_balancer(LoadBalancerArn=balancer)


@pytest.mark.parametrize("public", [public_instance, elastic_instance, nat_gateway, public_balancer])
def test_a_gateway_stays_while_anything_has_a_public_address(
    account: Account, public: Callable[[Account], AbstractContextManager[None]]
) -> None:
    gateway = {"InternetGatewayId": account.gateway, "VpcId": account.vpc}
    with public(account):
        assert refusal(lambda: account.ec2.detach_internet_gateway(**gateway)) == (
            f"DependencyViolation: Network {account.vpc} has some mapped public address(es). Please unmap those "
            "public address(es) before detaching the gateway."
        )
    account.ec2.detach_internet_gateway(**gateway)
    account.ec2.attach_internet_gateway(**gateway)


def test_a_vpc_goes_only_when_nothing_is_in_it(account: Account) -> None:
    ec2, vpc = account.ec2, account.ec2.create_vpc(CidrBlock=VPC)["Vpc"]["VpcId"]
    in_use = f"DependencyViolation: The vpc '{vpc}' has dependencies and cannot be deleted."
    delete = partial(ec2.delete_vpc, VpcId=vpc)

    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="198.18.0.0/20")["Subnet"]["SubnetId"]
    assert refusal(delete) == in_use
    ec2.delete_subnet(SubnetId=subnet)

    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    assert refusal(delete) == in_use
    ec2.delete_route_table(RouteTableId=table)

    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert refusal(delete) == in_use
    assert refusal(lambda: ec2.delete_internet_gateway(InternetGatewayId=gateway)).startswith("DependencyViolation: ")
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

    group = account.group(vpc)
    assert refusal(delete) == in_use
    ec2.delete_security_group(GroupId=group)
    delete()
