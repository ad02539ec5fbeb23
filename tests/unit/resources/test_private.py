"""A cluster whose nodes have private addresses alone: its subnets, its way out, and how SSH reaches it."""

import shlex
from functools import cache
from typing import Any

import pytest

from tests.unit.program import Recording, config, launch
from tests.unit.resources.rules import ADMIN, EGRESS, INGRESS, WORLD, ports

ZONES = [f"eu-west-1{letter}" for letter in "abc"]


@cache
def launched(nat_gateways: str = "one") -> Recording:
    return launch(config(topology="private", natGateways=nat_gateways, adminCidrs=[ADMIN]))


def of(token: str, recording: Recording | None = None) -> dict[str, dict[str, Any]]:
    """The inputs of each resource of a type."""
    found = (recording or launched()).of_type(f"aws:ec2/{token[0].lower()}{token[1:]}:{token}")
    return {name: one.inputs for name, one in found.items()}


def test_nodes_keep_their_planned_addresses_and_get_no_public_one() -> None:
    public = launch(config()).instances
    for name, node in launched().instances.items():
        if name != "bastion":
            assert node.inputs["privateIp"] == public[name].inputs["privateIp"]
            assert node.inputs["subnetId"] == public[name].inputs["subnetId"]
    subnets = of("Subnet")
    assert len(subnets) == 6
    assert not any(subnet["mapPublicIpOnLaunch"] for subnet in subnets.values())


def test_the_load_balancer_and_the_bastion_alone_are_in_public_subnets() -> None:
    (balancer,) = launched().of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert balancer.inputs["subnets"] == [f"public-{zone}-id" for zone in ZONES]
    there = {name for name, one in launched().instances.items() if one.inputs["subnetId"].startswith("public-")}
    assert there == {"bastion"}
    assert of("Subnet")["public-eu-west-1b"]["cidrBlock"] == "10.0.228.0/22"


def test_only_public_subnets_have_a_route_to_the_internet_gateway() -> None:
    tables = {route["routeTableId"]: route for route in of("Route").values()}
    for name, association in of("RouteTableAssociation").items():
        route = tables[association["routeTableId"]]
        assert ("gatewayId" in route) == name.startswith("routes-public-")
        assert ("natGatewayId" in route) == (not name.startswith("routes-public-"))
    assert len(of("RouteTableAssociation")) == 6


@pytest.mark.parametrize(("nat_gateways", "zones"), [("one", ZONES[:1] * 3), ("zone", ZONES)])
def test_nat_gateways_are_one_for_all_zones_or_one_in_each(nat_gateways: str, zones: list[str]) -> None:
    recording = launched(nat_gateways)
    gateways = of("NatGateway", recording)
    assert {gateway["subnetId"] for gateway in gateways.values()} == {f"public-{zone}-id" for zone in zones}
    routes = {route["routeTableId"]: route.get("natGatewayId") for route in of("Route", recording).values()}
    ways = [routes[of("RouteTableAssociation", recording)[f"routes-{zone}"]["routeTableId"]] for zone in ZONES]
    assert ways == [f"nat-{zone}-id" for zone in zones]
    assert len(of("Eip", recording)) == len(gateways) + 1


def test_nodes_wait_for_their_way_out_and_public_addresses_for_the_gateways_route() -> None:
    recording = launched()
    for name, node in recording.instances.items():
        if name != "bastion":
            assert {"nat-eu-west-1a-route-out", *(f"routes-{zone}" for zone in ZONES)} <= node.dependencies
    addresses = recording.of_type("aws:ec2/eip:Eip")
    gateways = recording.of_type("aws:ec2/natGateway:NatGateway")
    for one in (*addresses.values(), *gateways.values(), recording.instances["bastion"]):
        assert {"route-out", *(f"routes-public-{zone}" for zone in ZONES)} <= one.dependencies


def rules(kind: str, group: str) -> set[tuple[str, str]]:
    found = [rule.inputs for rule in launched().of_type(kind).values()]
    return {
        (ports(rule), rule.get("cidrIpv4") or rule["referencedSecurityGroupId"])
        for rule in found
        if rule["securityGroupId"] == group
    }


def test_ssh_is_open_to_the_admins_on_the_bastion_and_to_the_bastion_on_nodes() -> None:
    assert rules(INGRESS, "bastion-id") == {("22/tcp", ADMIN), ("3/4 of icmp", WORLD)}
    assert rules(EGRESS, "bastion-id") == {("22/tcp", "nodes-id"), ("80/tcp", WORLD), ("443/tcp", WORLD)}
    assert {source for port, source in rules(INGRESS, "nodes-id") if port == "22/tcp"} == {"bastion-id"}
    assert ADMIN not in {source for _, source in rules(INGRESS, "nodes-id")}
    assert launched().instances["bastion"].inputs["vpcSecurityGroupIds"] == ["bastion-id"]


def test_every_command_on_a_node_goes_through_the_bastion_after_the_node_is_reachable() -> None:
    for name, command in launched().commands.items():
        if "create" not in command.inputs:  # a drain, by the first master's connection
            continue
        node = "-".join(name.split("-")[:2])
        connection, waits = command.inputs["connection"], f"{node}-reachable"
        if node == "bastion-logins":
            assert connection["host"] == "bastion's address"
            continue
        if name == waits:
            assert connection["host"] == "bastion's address"
            assert "proxy" not in connection
            assert command.inputs["triggers"] == [f"{node}-id"]
            assert command.deleted_with == node
            continue
        assert connection["proxy"]["host"] == "bastion's address"
        assert connection["proxy"]["hostKey"] == launched().outputs["bastion"]["hostKey"]
        assert connection["host"] == launched().outputs["nodes"][node]["privateAddress"]
        assert command.dependencies & {waits, f"{node}-gate", f"{node}-scale-in"}, "scale-in follows every gate"


def test_a_node_with_another_instance_type_or_host_key_is_waited_for_again() -> None:
    slave = launched().commands["slave-1-reachable"].inputs["create"]
    assert launched().outputs["nodes"]["slave-1"]["hostKey"] in slave
    changed = launch(config(topology="private", slaveInstanceType="t3.large")).commands
    assert changed["slave-1-reachable"].inputs["create"] != slave
    assert (
        changed["master-1-reachable"].inputs["create"] == launched().commands["master-1-reachable"].inputs["create"]
    )


def test_the_ssh_command_of_a_node_passes_through_the_bastion_with_both_host_keys_pinned() -> None:
    words = shlex.split(launched().outputs["nodes"]["slave-1"]["ssh"].replace("bastion's address", "203.0.113.9"))
    assert words[-1] == "admin@10.0.0.13"
    assert "HostKeyAlias=slave-1" in words
    (proxy,) = [word.partition("=")[2] for word in words if word.startswith("ProxyCommand=")]
    inner = shlex.split(proxy)
    assert inner[-3:] == ["-W", "%h:%p", "admin@203.0.113.9"]
    assert {"HostKeyAlias=bastion", "UserKnownHostsFile=.keys/dev.hosts", "StrictHostKeyChecking=yes"} <= set(inner)


def test_the_outputs_name_the_bastion_and_the_topology_and_no_key() -> None:
    outputs = launched().outputs
    assert outputs["topology"] == "private"
    assert set(outputs["bastion"]) == {"address", "hostKey", "user", "ssh"}
    assert "PRIVATE KEY" not in str(outputs)
    public = launch(config()).outputs
    assert public["topology"] == "public"
    assert public["bastion"] == {}


def test_a_public_cluster_has_nothing_of_all_this() -> None:
    public = launch(config())
    for token in ("Eip", "NatGateway"):
        assert not of(token, public)
    assert not [name for _, name in public.resources if "bastion" in name or "reachable" in name]
