"""Who reaches which port of whom, computed from the security groups that the program asks of AWS."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from infra.services import registry
from tests.unit.program import Recording, config, launch
from tests.unit.resources.rules import ADMIN, EGRESS, INGRESS, WORLD, ports

ALL = list(dict.fromkeys(service.name for service in registry.OFFERED))
ACTORS = ("world", "admins", "load balancer", "master", "slave")

PATH_MTU = {"3/4 of icmp"}
"""That a packet was too large for a link on its way (RFC 1191)."""

EVERY_NODE = {"6783/tcp", "6783/udp", "6784/udp", "esp", "8301/tcp", "8301/udp", "8500/tcp", "icmp", *PATH_MTU}
"""The routers' connections and packets, Consul's gossip, its agent for the removal of nodes, and ping."""

MASTERS = {"8300/tcp", "2181/tcp", "2888/tcp", "3888/tcp", "5050/tcp", "8080/tcp", "9090/tcp", "4040/tcp"}
"""Consul's servers, ZooKeeper, Mesos, Marathon with what Mesos calls it back on, and Scope."""

SLAVES = {"5051/tcp", "31000-32000/tcp"}
"""Mesos' agents, and the ports of tasks."""

FLOWS = {
    ("world", "load balancer"): {"80/tcp", *PATH_MTU},
    ("world", "master"): PATH_MTU,
    ("world", "slave"): PATH_MTU,
    ("admins", "load balancer"): {"80/tcp", *PATH_MTU},
    ("admins", "master"): {"22/tcp", *PATH_MTU},
    ("admins", "slave"): {"22/tcp", *PATH_MTU},
    ("load balancer", "slave"): {"80/tcp"},
    ("master", "load balancer"): {"80/tcp", *PATH_MTU},
    ("slave", "load balancer"): {"80/tcp", *PATH_MTU},
    ("master", "master"): EVERY_NODE | MASTERS,
    ("slave", "master"): EVERY_NODE | MASTERS,
    ("master", "slave"): EVERY_NODE | SLAVES,
    ("slave", "slave"): EVERY_NODE | SLAVES,
}
"""All that is open, by who opens a connection to whom; nobody else reaches anything."""


@cache
def launched() -> Recording:
    return launch(config(services=ALL, adminCidrs=[ADMIN]))


def groups(actor: str, recording: Recording) -> list[frozenset[str]]:
    """The security groups of each machine that plays this part."""
    if actor == "load balancer":
        found = recording.of_type("aws:lb/loadBalancer:LoadBalancer").values()
        return [frozenset(one.inputs["securityGroups"]) for one in found]
    instances = recording.instances.items()
    return [frozenset(one.inputs["vpcSecurityGroupIds"]) for name, one in instances if name.startswith(f"{actor}-")]


def rules(kind: str, belonging: frozenset[str], recording: Recording) -> Iterator[tuple[str, Any]]:
    """Of these groups, each rule's ports and whom it names."""
    for rule in recording.of_type(kind).values():
        if rule.inputs["securityGroupId"] in belonging:
            yield ports(rule.inputs), rule.inputs.get("cidrIpv4") or rule.inputs["referencedSecurityGroupId"]


def reached(source: str, target: str, recording: Recording) -> list[set[str]]:
    """The ports that a machine of the source may open on one of the target, for every pair of them."""
    outside = {"world": {WORLD}, "admins": {WORLD, ADMIN}}.get(source)
    found = []
    for belonging in groups(target, recording):
        opened = list(rules(INGRESS, belonging, recording))
        if outside:
            found.append({port for port, who in opened if who in outside})
            continue
        for own in groups(source, recording):
            let = {port for port, who in opened if who == WORLD or who in own}
            out = {port for port, who in rules(EGRESS, own, recording) if who == WORLD or who in belonging}
            found.append(let if "all" in out else let & out)
    return found


@pytest.mark.parametrize(("source", "target"), [(a, b) for a in ACTORS for b in ("load balancer", "master", "slave")])
def test_what_is_open_between_two_parts_is_what_the_services_need(source: str, target: str) -> None:
    found = reached(source, target, launched())
    assert found
    expected = FLOWS.get((source, target), set())
    for opened in found:
        assert opened == expected, (
            f"{source} to {target}: opened, but not in the tables EVERY_NODE, MASTERS and SLAVES of this file: "
            f"{sorted(opened - expected)}; in these tables, but not opened: {sorted(expected - opened)}"
        )


@pytest.mark.parametrize(
    ("role", "expected"), [("master", {"nodes-id", "masters-id"}), ("slave", {"nodes-id", "slaves-id"})]
)
def test_every_instance_is_in_the_group_of_all_nodes_and_in_its_roles(role: str, expected: set[str]) -> None:
    found = groups(role, launched())
    assert found
    assert all(group == expected for group in found)


def test_nodes_may_open_any_connection_to_the_outside() -> None:
    assert list(rules(EGRESS, frozenset({"nodes-id"}), launched())) == [("all", WORLD)]


def test_only_the_load_balancer_is_open_to_the_world_and_only_errors_about_packets_reach_nodes() -> None:
    open_to_world = {
        (rule.inputs["securityGroupId"], ports(rule.inputs))
        for rule in launched().of_type(INGRESS).values()
        if rule.inputs.get("cidrIpv4") == WORLD
    }
    assert open_to_world == {("balancer-id", "80/tcp"), ("balancer-id", "3/4 of icmp"), ("nodes-id", "3/4 of icmp")}


def test_each_range_of_the_admins_gets_a_rule_for_ssh_and_for_nothing_else() -> None:
    recording = launch(config(adminCidrs=[ADMIN, "203.0.113.0/24"], services=[]))
    opened = [
        (rule.inputs["cidrIpv4"], ports(rule.inputs))
        for rule in recording.of_type(INGRESS).values()
        if rule.inputs.get("cidrIpv4", WORLD) != WORLD
    ]
    assert opened == [(ADMIN, "22/tcp"), ("203.0.113.0/24", "22/tcp")]


def test_a_stack_without_services_opens_the_routers_ports_alone() -> None:
    recording = launch(config(services=[]))
    for target in ("master", "slave"):
        for found in reached("slave", target, recording):
            assert found == {"6783/tcp", "6783/udp", "6784/udp", "esp", "icmp", *PATH_MTU}


def test_every_rule_has_a_description_that_ec2_accepts() -> None:
    legal = re.compile(r"[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}")
    for kind in (INGRESS, EGRESS):
        assert all(legal.fullmatch(rule.inputs["description"]) for rule in launched().of_type(kind).values())


def test_the_planned_addresses_of_every_subnet_are_reserved_before_the_load_balancer_gets_its_own() -> None:
    reserved = launched().of_type("aws:ec2/subnetCidrReservation:SubnetCidrReservation")
    assert {(one.inputs["subnetId"], one.inputs["cidrBlock"]) for one in reserved.values()} == {
        ("subnet-eu-west-1a-id", "10.0.0.0/23"),
        ("subnet-eu-west-1b-id", "10.0.32.0/23"),
        ("subnet-eu-west-1c-id", "10.0.64.0/23"),
    }
    assert all(one.inputs["reservationType"] == "explicit" for one in reserved.values())
    (balancer,) = launched().of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert reserved.keys() <= balancer.dependencies


def test_what_has_a_public_address_waits_for_the_way_out_and_goes_before_it() -> None:
    way_out = {"route-out", "routes-eu-west-1a", "routes-eu-west-1b", "routes-eu-west-1c"}
    (balancer,) = launched().of_type("aws:lb/loadBalancer:LoadBalancer").values()
    for waiting in (balancer, *launched().instances.values()):
        assert way_out <= waiting.dependencies


def test_a_vpc_without_room_for_a_reservation_has_none() -> None:
    recording = launch(config(vpcCidr="10.0.0.0/20", services=[]))
    assert not recording.of_type("aws:ec2/subnetCidrReservation:SubnetCidrReservation")
