"""What scanners of templates look for in EC2, security groups and load balancers, in what the program registers."""

from functools import cache

import pytest

from infra.services import registry
from tests.unit.program import Recording, Registered, config, launch

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULES = {
    "in": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "out": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
}
BALANCER, LISTENER, TARGETS = (
    f"aws:lb/{kind}" for kind in ("loadBalancer:LoadBalancer", "listener:Listener", "targetGroup:TargetGroup")
)
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/a"


@cache
def registered(topology: str) -> Recording:
    every = list(dict.fromkeys(service.name for service in registry.OFFERED))
    return launch(config(services=every, certificateArn=CERTIFICATE, topology=topology))


@pytest.fixture(params=["public", "private"])
def launched(request: pytest.FixtureRequest) -> Recording:
    return registered(request.param)


def rules(recording: Recording, direction: str) -> dict[str, Registered]:
    return recording.of_type(RULES[direction])


def test_every_security_group_and_every_rule_has_a_description(launched: Recording) -> None:
    found = {**launched.of_type(GROUP), **rules(launched, "in"), **rules(launched, "out")}
    assert len(found) > 20
    assert [name for name, one in found.items() if not one.inputs.get("description")] == []


def test_every_security_group_belongs_to_an_instance_or_to_the_load_balancer(launched: Recording) -> None:
    used = {group for one in launched.instances.values() for group in one.inputs["vpcSecurityGroupIds"]}
    for balancer in launched.of_type(BALANCER).values():
        used |= set(balancer.inputs["securityGroups"])
    assert used == {f"{name}-id" for name in launched.of_type(GROUP)}


def test_the_default_security_group_has_no_rule_and_no_member(launched: Recording) -> None:
    (default,) = launched.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").values()
    assert default.inputs == {"vpcId": "vpc-id"}
    assert all(one.inputs["vpcSecurityGroupIds"] for one in launched.instances.values())
    assert all(one.inputs["securityGroups"] for one in launched.of_type(BALANCER).values())


def test_everybody_reaches_the_load_balancers_ports_and_no_port_of_a_node(launched: Recording) -> None:
    world = [one.inputs for one in rules(launched, "in").values() if one.inputs.get("cidrIpv4") == "0.0.0.0/0"]
    open_ = {(one["securityGroupId"], one["ipProtocol"], one["fromPort"], one["toPort"]) for one in world}
    # Of the bastion too, where there is one.
    assert open_ - {("bastion-id", "icmp", 3, 4)} == {
        ("balancer-id", "tcp", 80, 80),
        ("balancer-id", "tcp", 443, 443),
        ("balancer-id", "icmp", 3, 4),
        ("nodes-id", "icmp", 3, 4),
    }
    assert not any("cidrIpv6" in one.inputs for one in rules(launched, "in").values())


def test_the_load_balancer_sends_to_the_front_of_the_slaves_alone(launched: Recording) -> None:
    sent = [one.inputs for one in rules(launched, "out").values() if one.inputs["securityGroupId"] == "balancer-id"]
    assert {(one["referencedSecurityGroupId"], one["fromPort"], one["toPort"]) for one in sent} == {
        ("slaves-id", 80, 80),
        ("slaves-id", 8443, 8443),
    }


def test_no_listener_and_no_target_group_has_the_protocol_http(launched: Recording) -> None:
    found = [*launched.of_type(LISTENER).values(), *launched.of_type(TARGETS).values()]
    assert {one.inputs["protocol"] for one in found} == {"TCP", "TLS"}


def test_user_data_has_no_secret_of_the_stack_but_the_nodes_own_host_key(launched: Recording) -> None:
    for name, instance in launched.instances.items():
        assert instance.inputs["userData"].count("PRIVATE KEY-----") == 2, name
        assert "AKIA" not in instance.inputs["userData"]
        assert "userData" in instance.secrets
