"""An account's quotas and its plan."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from sandbox.cloud.adjustable import SettingError
from sandbox.cloud.limits import DEFAULTS, Limits
from tests.unit.sandbox.rules.conftest import Account, refusal


@pytest.fixture(autouse=True)
def _defaults(account: Account) -> Iterator[None]:
    yield
    for name in DEFAULTS:
        account.limits.change(f"{name}=")


def another_balancer(account: Account) -> Callable[[], Any]:
    return lambda: account.balance("one-more", Scheme="internal")


def another_target_group(account: Account) -> Callable[[], Any]:
    request = {"Name": "one-more", "Protocol": "TCP", "Port": 80, "VpcId": account.vpc}
    return lambda: account.elbv2.create_target_group(**request)


def another_nat_gateway(account: Account) -> Callable[[], Any]:
    assert account.gateway
    address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    return lambda: account.ec2.create_nat_gateway(SubnetId=account.subnets[0], AllocationId=address)


def another_rule(account: Account) -> Callable[[], Any]:
    group = account.group()
    account.allow(group)
    return lambda: account.allow(group, FromPort=81, ToPort=81)


CASES: list[tuple[str, Callable[[Account], Callable[[], Any]], str]] = [
    ("vpcs=1", lambda account: lambda: account.ec2.create_vpc(CidrBlock="198.19.0.0/16"), "VpcLimitExceeded: "),
    ("gateways=0", lambda account: account.ec2.create_internet_gateway, "InternetGatewayLimitExceeded: "),
    ("addresses=0", lambda account: partial(account.ec2.allocate_address, Domain="vpc"), "AddressLimitExceeded: "),
    ("nat-gateways=0", another_nat_gateway, "NatGatewayLimitExceeded: "),
    ("subnets=0", lambda account: lambda: account.new_subnet("198.18.48.0/20"), "SubnetLimitExceeded: "),
    ("groups=0", lambda account: account.group, "SecurityGroupLimitExceeded: "),
    (
        "rules=1",
        another_rule,
        "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached.",
    ),
    (
        "interface-groups=1",
        lambda account: lambda: account.run(SecurityGroupIds=[account.group(), account.group()]),
        "SecurityGroupsPerInterfaceLimitExceeded: The maximum number of security groups per interface has been ",
    ),
    ("balancers=0", another_balancer, "TooManyLoadBalancers: The maximum number of load balancers has been reached."),
    ("target-groups=0", another_target_group, "TooManyTargetGroups: "),
    (
        "free-plan=1",
        lambda account: lambda: account.run(InstanceType="t3.medium"),
        "InvalidParameterCombination: The specified instance type is not eligible for Free Tier.",
    ),
    (
        "vcpus=1",
        lambda account: lambda: account.run(InstanceType="t3.medium"),
        "VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 1 allows ",
    ),
]


@pytest.mark.parametrize(("setting", "prepare", "answer"), CASES)
def test_one_more_than_a_quota_is_refused_with_awss_code(
    account: Account, setting: str, prepare: Callable[[Account], Callable[[], Any]], answer: str
) -> None:
    assert account.subnets
    call = prepare(account)
    account.limits.change(setting)
    assert refusal(call).startswith(answer)


def test_every_limit_is_respected() -> None:
    assert {setting.partition("=")[0] for setting, _, _ in CASES} == set(DEFAULTS)


def test_vcpus_count_while_an_instance_runs_and_again_when_it_starts(account: Account) -> None:
    account.limits.change("vcpus=2")
    first = account.running(InstanceType="t3.medium")
    assert refusal(lambda: account.run(InstanceType="t3.medium")).startswith("VcpuLimitExceeded: ")
    account.ec2.stop_instances(InstanceIds=[first])
    second = account.run(InstanceType="t3.medium")
    assert refusal(lambda: account.ec2.start_instances(InstanceIds=[first])).startswith("VcpuLimitExceeded: ")
    account.limits.change("vcpus=4")
    account.ec2.start_instances(InstanceIds=[first])
    account.terminate(first)
    account.terminate(second)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("cpus=4", "cpus is not a setting: use one of vcpus, vpcs, "),
        ("vcpus=many", "vcpus is many: use a number or none, or nothing for the default"),
    ],
)
def test_a_limit_that_is_none_is_named(setting: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Limits().change(setting)
