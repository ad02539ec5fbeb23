"""The rules and the members of security groups, as calls of the EC2 API change them."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.ami import AMI
from sandbox.cloud import elb_addresses, elb_state
from sandbox.cloud.moto_state import region
from sandbox.cloud.security_groups import policy
from sandbox.hosts.ruleset import EVERY, Group, Interface, Policy, Rule

REGION = "eu-north-1"
EVERYTHING = Rule(protocol="-1", first=EVERY, last=EVERY, peer=IPv4Network("0.0.0.0/0"))


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.session.Session(region_name=REGION).client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="198.18.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="198.18.0.0/20")["Subnet"]["SubnetId"])


def now() -> Policy:
    return policy([region(REGION)])


def members() -> dict[str, tuple[str, ...]]:
    return {str(each.address): each.groups for each in now().interfaces}


def group(ec2: Any, vpc: str, name: str) -> str:
    return str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def run(ec2: Any, subnet: str, address: str, *groups: str) -> str:
    given = {"ImageId": AMI, "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "PrivateIpAddress": address}
    made = ec2.run_instances(**given, **({"SecurityGroupIds": list(groups)} if groups else {}))
    return str(made["Instances"][0]["InstanceId"])


PORT_22 = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


@pytest.mark.parametrize(
    ("permission", "opened"),
    [
        (
            PORT_22 | {"IpRanges": [{"CidrIp": "10.1.2.3/32"}]},
            Rule(protocol="tcp", first=22, last=22, peer=IPv4Network("10.1.2.3/32")),
        ),
        (
            {"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            Rule(protocol="icmp", first=3, last=4, peer=IPv4Network("0.0.0.0/0")),
        ),
        (
            {"IpProtocol": "50", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            Rule(protocol="50", first=EVERY, last=EVERY, peer=IPv4Network("0.0.0.0/0")),
        ),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, EVERYTHING),
        (PORT_22 | {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, None),
    ],
)
def test_a_rule_is_read_as_it_was_authorized_until_it_is_revoked(
    ec2: Any, vpc: str, permission: dict[str, Any], opened: Rule | None
) -> None:
    made = group(ec2, vpc, "nodes")
    assert now().groups[made] == Group(egress=(EVERYTHING,))
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission])
    assert now().groups[made].ingress == ((opened,) if opened else ())
    ec2.revoke_security_group_ingress(GroupId=made, IpPermissions=[permission])
    ec2.revoke_security_group_egress(
        GroupId=made, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    assert now().groups[made] == Group()


def test_a_rule_may_name_a_group(ec2: Any, vpc: str) -> None:
    nodes, balancer = group(ec2, vpc, "nodes"), group(ec2, vpc, "balancer")
    permission = PORT_22 | {"UserIdGroupPairs": [{"GroupId": balancer}]}
    ec2.authorize_security_group_ingress(GroupId=nodes, IpPermissions=[permission])
    assert now().groups[nodes].ingress == (Rule(protocol="tcp", first=22, last=22, peer=balancer),)


def test_an_instance_is_a_member_of_its_groups_and_of_others_once_they_are_changed(
    ec2: Any, vpc: str, subnet: str
) -> None:
    nodes, slaves = sorted(group(ec2, vpc, name) for name in ("nodes", "slaves"))
    instance = run(ec2, subnet, "198.18.0.10", nodes, slaves)
    assert members() == {"198.18.0.10": (nodes, slaves)}
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[slaves])
    assert members() == {"198.18.0.10": (slaves,)}


def test_an_instance_without_groups_is_in_the_default_one_of_its_vpc(ec2: Any, vpc: str, subnet: str) -> None:
    run(ec2, subnet, "198.18.0.10")
    (found,) = now().interfaces
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert found == Interface(address=IPv4Address("198.18.0.10"), groups=(default["GroupId"],))


def test_a_network_interface_without_an_instance_is_a_member_too_until_it_is_deleted(
    ec2: Any, vpc: str, subnet: str
) -> None:
    balancer = group(ec2, vpc, "balancer")
    made = ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="198.18.0.20", Groups=[balancer])
    assert members() == {"198.18.0.20": (balancer,)}
    ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterface"]["NetworkInterfaceId"])
    assert members() == {}


@pytest.mark.parametrize("grouped", [True, False])
def test_a_load_balancer_is_a_member_of_its_groups_and_one_without_any_is_not_filtered(
    ec2: Any, vpc: str, subnet: str, grouped: bool
) -> None:
    groups = [group(ec2, vpc, "balancer")] if grouped else []
    elb = boto3.session.Session(region_name=REGION).client("elbv2")
    elb.create_load_balancer(Name="front", Type="network", Subnets=[subnet], SecurityGroups=groups)
    (balancer,) = elb_state.network_balancers(region(REGION))
    places = elb_addresses.place(region(REGION), balancer)
    assert members() == ({str(address): tuple(groups) for address in places.values()} if grouped else {})
