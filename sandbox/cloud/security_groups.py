"""What the EC2 API's security groups open, and for which addresses."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sandbox.cloud.moto_state import Region
from sandbox.hosts.ruleset import EVERY, Group, Interface, Policy, Rule


def policy(regions: Iterable[Region]) -> Policy:
    """All that is to be enforced now."""
    groups: dict[str, Group] = {}
    found: dict[IPv4Address, Interface] = {}
    for region in regions:
        groups |= {group.id: _group(group) for group in region.security_groups()}
        found |= {interface.address: interface for interface in interfaces(region)}
    return Policy(groups=groups, interfaces=tuple(found.values()))


def interfaces(region: Region) -> Iterator[Interface]:
    """Every address of every network interface that the EC2 API has: of instances, and of all else in a VPC.

    So a load balancer, which has one in each of its subnets, is filtered, and a member of its groups. A network load
    balancer without any group is not filtered.
    """
    for interface in region.network_interfaces():
        # moto keeps the groups of a launch on the interface, and changes of them on the instance alone.
        groups = interface.instance.security_groups if interface.instance else []
        names = tuple(sorted({str(group.id) for group in groups or interface.group_set}))
        for address in interface.private_ip_addresses if names else ():
            yield Interface(address=IPv4Address(address["PrivateIpAddress"]), groups=names)


def _group(group: Any) -> Group:
    return Group(ingress=tuple(_rules(group.ingress_rules)), egress=tuple(_rules(group.egress_rules)))


def _rules(recorded: Iterable[Any]) -> Iterator[Rule]:
    """Those for IPv4 and for groups; no host has an IPv6 address, and AWS' prefix lists have nothing here."""
    for rule in recorded:
        peer = rule.source_group.get("GroupId") or rule.ip_range.get("CidrIp")
        if not peer:
            continue
        yield Rule(
            protocol=rule.ip_protocol,
            first=EVERY if rule.from_port is None else rule.from_port,
            last=EVERY if rule.to_port is None else rule.to_port,
            peer=peer if rule.source_group else IPv4Network(peer, strict=False),
        )
