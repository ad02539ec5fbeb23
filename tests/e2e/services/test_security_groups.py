"""What each rule of the security groups opens, what none of them does, and what a cluster lacks without one."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from ipaddress import IPv4Address
from typing import Any

import pytest

from bench.workspace import VPC, ProjectCopy
from sandbox.home import Home
from sandbox.hosts.network import NIC, mac
from tests.e2e.hosts.cluster import until
from tests.e2e.packet import ESP, ICMP, TCP, UDP, Packet
from tests.e2e.services.seen import ec2

MACHINE, BALANCER = "this machine", "the load balancer"
PORTS = (22, 80, 2181, 2888, 3888, 4040, 5050, 5051, 6783, 8080, 8300, 8301, 8404, 8500, 9090, 31000)
ECHO, FRAGMENTATION_NEEDED = 8 << 8, 3 << 8 | 4
_RULES = ("aws:vpc/securityGroupIngressRule:", "aws:vpc/securityGroupEgressRule:")

NEEDED = {
    "out": ("slave-1", "master-1", TCP, 5050),
    f"ssh-from-{VPC}.0.1-32": (MACHINE, "slave-1", TCP, 22),
    "icmp-from-nodes": ("slave-1", "slave-2", ICMP, ECHO),
    "path-mtu-from-world": (MACHINE, "slave-1", ICMP, FRAGMENTATION_NEEDED),
    "weave-control-from-nodes": ("slave-1", "slave-2", TCP, 6783),
    "weave-sleeve-from-nodes": ("slave-1", "slave-2", UDP, 6783),
    "weave-fastdp-from-nodes": ("slave-1", "slave-2", UDP, 6784),
    "weave-esp-from-nodes": ("slave-1", "slave-2", ESP, 0),
    "consul-8301-tcp-from-nodes": ("slave-1", "slave-2", TCP, 8301),
    "consul-8301-udp-from-nodes": ("slave-1", "slave-2", UDP, 8301),
    "consul-8500-tcp-from-nodes": ("master-1", "slave-1", TCP, 8500),
    "consul-8300-tcp-on-masters-from-nodes": ("slave-1", "master-1", TCP, 8300),
    "zookeeper-2181-on-masters-from-nodes": ("slave-1", "master-1", TCP, 2181),
    "zookeeper-2888-on-masters-from-nodes": ("master-2", "master-1", TCP, 2888),
    "zookeeper-3888-on-masters-from-nodes": ("master-2", "master-1", TCP, 3888),
    "mesos-master-on-masters-from-nodes": ("slave-1", "master-1", TCP, 5050),
    "mesos-agent-on-slaves-from-nodes": ("master-1", "slave-1", TCP, 5051),
    "mesos-tasks-on-slaves-from-nodes": ("master-1", "slave-1", TCP, 32000),
    "marathon-on-masters-from-nodes": ("master-2", "master-1", TCP, 8080),
    "marathon-libprocess-on-masters-from-nodes": ("master-2", "master-1", TCP, 9090),
    "balancer-from-world": (MACHINE, BALANCER, TCP, 80),
    "balancer-path-mtu-from-world": (MACHINE, BALANCER, ICMP, FRAGMENTATION_NEEDED),
    "balancer-to-slaves": (BALANCER, "slave-1", TCP, 80),
    "balancer-on-slaves": (BALANCER, "slave-1", TCP, 80),
}
"""A packet that passes thanks to the rule: from, to, protocol, port (or type and code)."""

Without = Callable[[str], AbstractContextManager[None]]
Arrives = Callable[[str, str, int, int], bool]


@pytest.fixture(scope="module")
def arrives(cluster: ProjectCopy, nodes: Mapping[str, str]) -> Arrives:
    """Whether a packet between two of the nodes, this machine and the load balancer arrives."""
    home = Home(cluster.folder)
    places = {name: (home.netns(name), NIC, address) for name, address in nodes.items()}
    places[MACHINE] = "", home.name, f"{VPC}.0.1"
    (balancer,) = (found for found in cluster.resources() if found["type"] == "aws:lb/loadBalancer:LoadBalancer")
    places[BALANCER] = home.netns(balancer["outputs"]["name"]), NIC, balancer["outputs"]["dnsName"]

    def send(source: str, target: str, protocol: int, number: int) -> bool:
        (here, device, sender), (there, _, receiver) = places[source], places[target]
        packet = Packet(
            source=here, device=device, sender=sender, target=there, receiver=receiver,
            mac=mac(IPv4Address(receiver)), protocol=protocol, number=number,
        )  # fmt: skip
        sudo = () if os.getuid() == 0 else ("sudo", "-n")
        return cluster.run(*sudo, *packet.command).stdout == "arrived\n"

    return send


def recorded(cluster: ProjectCopy) -> dict[str, str]:
    """The id of each rule that the program made, by its name."""
    return {
        str(found["urn"]).rsplit("::", 1)[1]: str(found["id"])
        for found in cluster.resources()
        if found["type"].startswith(_RULES)
    }


def permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What to authorize to have a rule again that the EC2 API has described."""
    found = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort")}
    if "CidrIpv4" in rule:
        return found | {"IpRanges": [{"CidrIp": rule["CidrIpv4"]}]}
    return found | {"UserIdGroupPairs": [{"GroupId": rule["ReferencedGroupInfo"]["GroupId"]}]}


@pytest.fixture(scope="module")
def without(cluster: ProjectCopy) -> Iterator[Without]:
    """Revoke a rule by its name for a while. In the end `up` makes all of them anew."""
    api, ids = ec2(cluster), recorded(cluster)

    def revoke(name: str) -> Mapping[str, Any]:
        (rule,) = api.describe_security_group_rules(SecurityGroupRuleIds=[ids[name]])["SecurityGroupRules"]
        call = api.revoke_security_group_egress if rule["IsEgress"] else api.revoke_security_group_ingress
        call(GroupId=rule["GroupId"], SecurityGroupRuleIds=[ids[name]])
        return dict(rule)

    def authorize(rule: Mapping[str, Any]) -> str:
        call = api.authorize_security_group_egress if rule["IsEgress"] else api.authorize_security_group_ingress
        made = call(GroupId=rule["GroupId"], IpPermissions=[permission(rule)])
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    @contextmanager
    def for_a_while(name: str) -> Iterator[None]:
        rule = revoke(name)
        try:
            yield
        finally:
            ids[name] = authorize(rule)

    yield for_a_while
    for name in ids.items() - recorded(cluster).items():
        revoke(name[0])
    cluster.pulumi("up", "--yes", "--skip-preview", "--refresh")
    until(cluster.well, "the cluster is well with all of its rules")


def test_each_rule_of_the_program_has_a_packet_here(cluster: ProjectCopy) -> None:
    assert set(recorded(cluster)) == set(NEEDED)


@pytest.mark.parametrize("rule", NEEDED)
def test_without_the_rule_its_packet_is_dropped(without: Without, arrives: Arrives, rule: str) -> None:
    packet = NEEDED[rule]
    assert arrives(*packet)
    with without(rule):
        assert not arrives(*packet)
    assert arrives(*packet)


@pytest.mark.parametrize("node", ["master-1", "slave-1"])
def test_only_ssh_is_open_to_an_administrator(arrives: Arrives, node: str) -> None:
    assert [port for port in PORTS if arrives(MACHINE, node, TCP, port)] == [22]
    assert [port for port in (6783, 6784, 8301) if arrives(MACHINE, node, UDP, port)] == []
    assert not arrives(MACHINE, node, ICMP, ECHO)
    assert not arrives(MACHINE, node, ESP, 0)


def test_the_apis_rules_open_to_everybody_the_load_balancer_and_the_error_about_a_packets_size(
    cluster: ProjectCopy,
) -> None:
    rules = ec2(cluster).describe_security_group_rules()["SecurityGroupRules"]
    world = [rule for rule in rules if rule.get("CidrIpv4") == "0.0.0.0/0" or "CidrIpv6" in rule]
    incoming = {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in world if not rule["IsEgress"]}
    assert incoming == {("tcp", 80, 80), ("icmp", 3, 4)}


@pytest.mark.parametrize(("node", "reached"), [("master-1", []), ("slave-1", [80])])
def test_the_load_balancer_reaches_haproxy_and_nothing_else(arrives: Arrives, node: str, reached: list[int]) -> None:
    assert [port for port in PORTS if arrives(BALANCER, node, TCP, port)] == reached
    assert [port for port in (6783, 6784, 8301) if arrives(BALANCER, node, UDP, port)] == []
    assert not arrives(BALANCER, node, ESP, 0)


def test_only_the_balancers_front_is_open_to_everybody(arrives: Arrives) -> None:
    assert [port for port in (*PORTS, 443, 8443) if arrives(MACHINE, BALANCER, TCP, port)] == [80]


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        ("slave-2", "slave-1", 80),
        ("master-1", "slave-1", 80),
        ("master-1", "slave-1", 22),
        ("slave-1", "master-1", 5051),
        ("slave-2", "slave-1", 8404),
        ("slave-2", "slave-1", 32001),
        ("slave-1", BALANCER, 443),
    ],
)
def test_a_port_that_no_rule_opens_is_closed(arrives: Arrives, source: str, target: str, port: int) -> None:
    assert not arrives(source, target, TCP, port)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (f"ssh-from-{VPC}.0.1-32", "slave-1: no SSH connection"),
        ("weave-fastdp-from-nodes", "FAILS"),
    ],
)
def test_status_fails_without(cluster: ProjectCopy, without: Without, rule: str, said: str) -> None:
    with without(rule):
        status = cluster.make("status", check=False)
    assert status.returncode != 0
    assert said in status.stdout
    until(cluster.well, "the cluster is well again")
