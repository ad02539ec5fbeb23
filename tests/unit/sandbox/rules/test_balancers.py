"""What Elastic Load Balancing refuses."""

from functools import partial

import pytest

from tests.unit.sandbox.rules.conftest import Account, refusal

INTERNAL = {"Scheme": "internal"}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("n" * 33, "cannot be longer than '32' characters"),
        ("n_1", "can only contain characters that are alphanumeric characters and hyphens(-)"),
        ("-n", "cannot begin or end with a hyphen(-)"),
        ("internal-n", "cannot begin with 'internal-'"),
    ],
)
def test_a_load_balancers_name_is_short_and_plain(account: Account, name: str, fault: str) -> None:
    answer = refusal(lambda: account.balance(name, **INTERNAL))
    assert answer == f"ValidationError: The load balancer name '{name}' {fault}"


@pytest.mark.parametrize("name", ["t" * 33, "t_1"])
def test_a_target_groups_name_is_short_and_plain(account: Account, name: str) -> None:
    request = {"Name": name, "Protocol": "TCP", "Port": 80, "VpcId": account.vpc}
    answer = refusal(lambda: account.elbv2.create_target_group(**request))
    assert answer.startswith(f"ValidationError: Target group name '{name}' can")


def test_a_load_balancer_that_faces_the_internet_needs_an_attached_gateway(account: Account) -> None:
    assert refusal(lambda: account.balance("facing")) == f"InvalidSubnet: VPC {account.vpc} has no internet gateway"
    account.ec2.detach_internet_gateway(InternetGatewayId=account.gateway, VpcId=account.vpc)
    assert refusal(lambda: account.balance("facing")) == f"InvalidSubnet: VPC {account.vpc} has no internet gateway"
    account.ec2.attach_internet_gateway(InternetGatewayId=account.gateway, VpcId=account.vpc)
    account.elbv2.delete_load_balancer(LoadBalancerArn=account.balance("facing"))


def test_a_second_load_balancer_of_a_name_is_a_duplicate(account: Account) -> None:
    account.balance("twice", **INTERNAL)
    assert refusal(lambda: account.balance("twice", **INTERNAL)) == (
        "DuplicateLoadBalancerName: A load balancer with the same name 'twice' exists, but with different settings"
    )


def test_a_load_balancer_has_one_subnet_in_a_zone_with_room_in_it(account: Account) -> None:
    small = account.new_subnet("198.18.32.0/28")
    two = refusal(lambda: account.balance("two", Subnets=[account.subnets[0], small], **INTERNAL))
    assert two == (
        "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same "
        "Availability Zone"
    )
    account.ec2.create_subnet_cidr_reservation(SubnetId=small, Cidr="198.18.32.8/29", ReservationType="explicit")
    full = refusal(lambda: account.balance("full", Subnets=[small], **INTERNAL))
    assert full == (
        f"InvalidSubnet: Not enough IP space available in {small}. ELB requires at least 8 free IP addresses in each "
        "subnet."
    )


def test_a_load_balancers_security_group_exists(account: Account) -> None:
    answer = refusal(lambda: account.balance("grouped", SecurityGroups=["sg-0"], **INTERNAL))
    assert answer.startswith("InvalidSecurityGroup: ")


def test_a_port_has_one_listener(account: Account) -> None:
    group = {"Name": "listened", "Protocol": "TCP", "Port": 80, "VpcId": account.vpc}
    targets = account.elbv2.create_target_group(**group)["TargetGroups"][0]["TargetGroupArn"]
    balancer = account.balance("listens", **INTERNAL)
    listener = {
        **{"LoadBalancerArn": balancer, "Port": 80, "Protocol": "TCP"},
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": targets}],
    }
    account.elbv2.create_listener(**listener)
    assert refusal(lambda: account.elbv2.create_listener(**listener)) == (
        f"DuplicateListener: A listener already exists on this port for this load balancer '{balancer}'"
    )
    answer = refusal(lambda: account.elbv2.delete_target_group(TargetGroupArn=targets))
    assert answer.startswith("ResourceInUse: ")


def test_only_an_instance_that_runs_is_a_target(account: Account) -> None:
    group = {"Name": "targets", "Protocol": "TCP", "Port": 80, "VpcId": account.vpc}
    targets = account.elbv2.create_target_group(**group)["TargetGroups"][0]["TargetGroupArn"]
    instance = account.running()
    register = partial(account.elbv2.register_targets, TargetGroupArn=targets, Targets=[{"Id": instance}])
    register()
    account.terminate(instance)
    assert refusal(register) == (
        f"InvalidTarget: The following targets are not in a running state and cannot be registered: '{instance}'"
    )
