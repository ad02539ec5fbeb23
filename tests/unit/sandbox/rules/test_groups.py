"""What EC2 refuses of security groups and their rules."""

from functools import partial
from typing import Any

import pytest

from tests.unit.sandbox.rules.conftest import Account, refusal

CHARACTERS = "strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"GroupName": "sg-1"},
            "Value (sg-1) for parameter GroupName is invalid. Group names may not be",
        ),
        ({"GroupName": "g" * 256}, f"Invalid security group name. Valid names are {CHARACTERS}"),
        ({"Description": "it's"}, f"Invalid security group description. Valid descriptions are {CHARACTERS}"),
        ({"Description": "d" * 256}, f"Invalid security group description. Valid descriptions are {CHARACTERS}"),
        (
            {"Description": "a → b"},
            "Value (a → b) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.",
        ),
    ],
)
def test_a_groups_name_and_description_have_awss_characters(
    account: Account, changed: dict[str, str], message: str
) -> None:
    group = {"GroupName": "nodes", "Description": "the nodes", "VpcId": account.vpc} | changed
    answer = refusal(lambda: account.ec2.create_security_group(**group))
    assert answer.startswith(f"InvalidParameterValue: {message}")


def test_a_second_group_of_a_name_is_a_duplicate(account: Account) -> None:
    group = {"GroupName": "twice", "Description": "the nodes", "VpcId": account.vpc}
    account.ec2.create_security_group(**group)
    assert refusal(lambda: account.ec2.create_security_group(**group)).startswith("InvalidGroup.Duplicate: ")


@pytest.mark.parametrize(
    ("permission", "answer"),
    [
        ({"IpProtocol": "50"}, "InvalidParameterValue: When protocol is 50, you cannot specify from-port."),
        ({"IpProtocol": "-1"}, "InvalidParameterValue: When protocol is ALL, you cannot specify from-port."),
        ({"IpProtocol": "50", "FromPort": -1, "ToPort": -1}, ""),
        ({"IpProtocol": "esp"}, "InvalidParameterValue: Invalid value 'esp' for IP protocol. Unknown protocol."),
        (
            {"FromPort": None},
            "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
        ),
        (
            {"IpProtocol": "icmp", "ToPort": None},
            "InvalidParameterValue: Invalid value 'Must specify both from and to ports with ICMP.' for portRange.",
        ),
        ({"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4}, ""),
        ({"FromPort": -1, "ToPort": -1}, "InvalidPermission.Malformed: TCP/UDP port (-1) out of range"),
        (
            {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "it's"}]},
            f"InvalidParameterValue: Invalid rule description. Valid descriptions are {CHARACTERS}",
        ),
        (
            {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "d" * 256}]},
            f"InvalidParameterValue: Invalid rule description. Valid descriptions are {CHARACTERS}",
        ),
    ],
)
def test_a_rule_has_the_ports_of_its_protocol_and_awss_characters(
    account: Account, permission: dict[str, Any], answer: str
) -> None:
    assert refusal(lambda: account.allow(account.group(), **permission)) == answer


def test_the_same_rule_twice_is_a_duplicate(account: Account) -> None:
    group = account.group()
    account.allow(group)
    assert refusal(lambda: account.allow(group)).startswith("InvalidPermission.Duplicate: ")


def test_a_group_stays_while_a_rule_of_another_group_names_it(account: Account) -> None:
    named, naming = account.group(), account.group()
    from_it = {"IpRanges": [], "UserIdGroupPairs": [{"GroupId": named}]}
    account.allow(naming, **from_it)
    account.allow(named, **from_it)  # its own rule goes with it
    delete = partial(account.ec2.delete_security_group, GroupId=named)
    assert refusal(delete) == f"DependencyViolation: resource {named} has a dependent object"
    account.ec2.delete_security_group(GroupId=naming)
    delete()


def test_a_group_stays_while_an_instance_or_a_load_balancer_is_in_it(account: Account) -> None:
    group = account.group()
    in_use = f"DependencyViolation: resource {group} has a dependent object"
    delete = partial(account.ec2.delete_security_group, GroupId=group)
    instance = account.run(SecurityGroupIds=[group])
    assert refusal(delete) == in_use
    account.terminate(instance)
    balancer = account.balance("grouped", SecurityGroups=[group], Scheme="internal")
    assert refusal(delete) == in_use
    account.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    delete()
