"""Security groups as a ruleset of nftables: text from dataclasses."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

TABLE = "apollo_security_groups"
EVERY = -1
UNFILTERED = IPv4Network("169.254.0.0/16")
"""Instance metadata, time and DNS of AWS, which no security group filters."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Opens `protocol` (tcp, udp, icmp, a number, or -1 for all of them) to `peer`: a range, or the id of a group.

    `first` and `last` are the ports of tcp and udp, the type and the code of icmp; EVERY means any.
    """

    protocol: str
    first: int
    last: int
    peer: IPv4Network | str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The rules of one security group; what no rule opens is closed."""

    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Interface:
    """An address in the VPC, and the ids of the security groups that it is in."""

    address: IPv4Address
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`groups` by id. An address without an interface here is in no group, and is not filtered itself."""

    groups: Mapping[str, Group] = field(default_factory=dict)
    interfaces: tuple[Interface, ...] = ()


def render(policy: Policy) -> str:
    """The input of `nft -f` that replaces the whole of what is enforced, in one step.

    The two base chains of `ip` see each packet in turn, because an accept ends only the chain that it is in.
    """
    ip = [*_sets(policy), *_groups(policy), *_direction(policy, "egress", 0), *_direction(policy, "ingress", 1)]
    # A VPC without IPv6 addresses carries only IPv4 and its ARP.
    bridge = _base("ethernet", 0, "ether type { ip, arp } accept", "drop")
    return "\n".join([*_table("ip", ip), *_table("bridge", [bridge]), ""])


def _table(family: str, content: Iterable[str]) -> list[str]:
    name = f"table {family} {TABLE}"
    return [name, f"delete {name}", f"{name} {{", *content, "}"]


def _sets(policy: Policy) -> Iterator[str]:
    """The members of each group that is the source or the destination of a rule."""
    rules = [rule for group in policy.groups.values() for rule in (*group.ingress, *group.egress)]
    for name in sorted({rule.peer for rule in rules if isinstance(rule.peer, str)}):
        members = (str(each.address) for each in policy.interfaces if name in each.groups)
        yield f"set {name} {{ type ipv4_addr; {_elements(members)}}}"


def _groups(policy: Policy) -> Iterator[str]:
    """Two chains for each group; they return where nothing is accepted."""
    for name in sorted({name for each in policy.interfaces for name in each.groups}):
        group = policy.groups.get(name, Group())
        yield _chain(f"ingress-{name}", *(f"{_match(rule, 'saddr')} accept" for rule in group.ingress))
        yield _chain(f"egress-{name}", *(f"{_match(rule, 'daddr')} accept" for rule in group.egress))


def _direction(policy: Policy, direction: str, priority: int) -> Iterator[str]:
    """What an interface accepts (ingress) or sends (egress): the union of its groups' rules, and no more."""
    unions = {groups: number for number, groups in enumerate(sorted({each.groups for each in policy.interfaces}))}
    for groups, number in unions.items():
        yield _chain(f"{direction}-{number}", *(f"jump {direction}-{name}" for name in groups), "counter drop")
    chains = (f"{each.address} : goto {direction}-{unions[each.groups]}" for each in policy.interfaces)
    yield f"map {direction}-of {{ type ipv4_addr : verdict; {_elements(chains)}}}"
    yield _base(
        direction,
        priority,
        # Not `related`: AWS filters an ICMP error as it does any other packet.
        "ct state established accept",
        f"ip saddr {UNFILTERED} accept",
        f"ip daddr {UNFILTERED} accept",
        f"ip {'daddr' if direction == 'ingress' else 'saddr'} vmap @{direction}-of",
    )


def _base(name: str, priority: int, *lines: str) -> str:
    return _chain(name, f"type filter hook forward priority {priority}; policy accept;", *lines)


def _chain(name: str, *lines: str) -> str:
    return "\n".join([f"chain {name} {{", *(f"  {line}" for line in lines), "}"])


def _elements(items: Iterable[str]) -> str:
    listed = ", ".join(items)
    return f"elements = {{ {listed} }} " if listed else ""


def _match(rule: Rule, side: str) -> str:
    """The packets that a rule opens, as nftables writes them."""
    peer = f"ip {side} {f'@{rule.peer}' if isinstance(rule.peer, str) else rule.peer}"
    if rule.protocol == "-1":
        return peer
    if rule.protocol in ("tcp", "udp") and rule.first != EVERY:
        return f"{peer} {rule.protocol} dport {rule.first}-{rule.last}"
    if rule.protocol == "icmp" and rule.first != EVERY:
        code = "" if rule.last == EVERY else f" icmp code {rule.last}"
        return f"{peer} icmp type {rule.first}{code}"
    return f"{peer} ip protocol {rule.protocol}"
