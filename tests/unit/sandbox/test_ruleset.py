"""Security groups in nftables' words. What the kernel does with them is for the tests on hosts."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from sandbox.hosts.ruleset import EVERY, Group, Interface, Policy, Rule, render


def rule(protocol: str, first: int = EVERY, last: int = EVERY, peer: IPv4Network | str = "sg-a") -> Rule:
    return Rule(protocol=protocol, first=first, last=last, peer=peer)


def interface(address: str, *groups: str) -> Interface:
    return Interface(address=IPv4Address(address), groups=groups)


def lines(policy: Policy) -> list[str]:
    return [line.strip() for line in render(policy).splitlines()]


def content(policy: Policy, name: str) -> list[str]:
    """The lines of one chain."""
    found = lines(policy)
    start = found.index(f"chain {name} {{") + 1
    return found[start : found.index("}", start)]


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        (rule("tcp", 22, 22, IPv4Network("10.0.0.1/32")), "10.0.0.1/32 tcp dport 22-22"),
        (rule("udp", 31000, 32000), "@sg-a udp dport 31000-32000"),
        (rule("tcp"), "@sg-a ip protocol tcp"),
        (rule("icmp", 3, 4, IPv4Network("0.0.0.0/0")), "0.0.0.0/0 icmp type 3 icmp code 4"),
        (rule("icmp", 8), "@sg-a icmp type 8"),
        (rule("icmp"), "@sg-a ip protocol icmp"),
        (rule("50"), "@sg-a ip protocol 50"),
        (rule("-1"), "@sg-a"),
    ],
)
def test_a_rule_opens_its_protocol_and_ports_to_its_source_or_destination(given: Rule, opened: str) -> None:
    groups = {"sg-b": Group(ingress=(given,), egress=(given,))}
    policy = Policy(groups=groups, interfaces=(interface("10.0.0.5", "sg-b"),))
    assert content(policy, "ingress-sg-b") == [f"ip saddr {opened} accept"]
    assert content(policy, "egress-sg-b") == [f"ip daddr {opened} accept"]


def test_an_interface_has_the_union_of_its_groups_and_drops_the_rest() -> None:
    policy = Policy(interfaces=(interface("10.0.0.5", "sg-a", "sg-b"), interface("10.0.0.6", "sg-a")))
    assert content(policy, "ingress-0") == ["jump ingress-sg-a", "counter drop"]
    assert content(policy, "ingress-1") == ["jump ingress-sg-a", "jump ingress-sg-b", "counter drop"]
    assert content(policy, "egress-1") == ["jump egress-sg-a", "jump egress-sg-b", "counter drop"]
    elements = "elements = { 10.0.0.5 : goto ingress-1, 10.0.0.6 : goto ingress-0 }"
    assert f"map ingress-of {{ type ipv4_addr : verdict; {elements} }}" in lines(policy)
    assert content(policy, "ingress")[-1] == "ip daddr vmap @ingress-of"
    assert content(policy, "egress")[-1] == "ip saddr vmap @egress-of"


def test_a_group_that_a_rule_names_is_the_set_of_its_members() -> None:
    groups = {"sg-a": Group(ingress=(rule("tcp", 1, 1, "sg-b"), rule("tcp", 2, 2, "sg-none")))}
    interfaces = interface("10.0.0.5", "sg-a", "sg-b"), interface("10.0.0.6", "sg-b"), interface("10.0.0.7", "sg-a")
    found = [line for line in lines(Policy(groups=groups, interfaces=interfaces)) if line.startswith("set ")]
    assert found == [
        "set sg-b { type ipv4_addr; elements = { 10.0.0.5, 10.0.0.6 } }",
        "set sg-none { type ipv4_addr; }",
    ]


def test_instance_metadata_and_answers_are_never_filtered() -> None:
    for direction in ("ingress", "egress"):
        assert content(Policy(), direction)[1:-1] == [
            "ct state established accept",
            "ip saddr 169.254.0.0/16 accept",
            "ip daddr 169.254.0.0/16 accept",
        ]


def test_what_240_hosts_in_the_same_groups_need_is_one_chain_and_an_element_for_each() -> None:
    few, many = (
        Policy(interfaces=tuple(interface(f"10.0.1.{number}", "sg-a", "sg-b") for number in range(count)))
        for count in (1, 240)
    )
    assert len(lines(few)) == len(lines(many))
