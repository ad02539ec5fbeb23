"""An existing network: errors of the config alone, and differences between the config and what AWS reports.

The config names the ranges, so that a plan needs no AWS; `up` and `preview` read the real ones and refuse others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from infra.config.settings import Settings, SubnetKind
from infra.plan import addressing


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """`cidr` is the first of its ranges `cidrs`; its resolver, if `resolves`, has the second address of that."""

    id: str
    cidr: IPv4Network
    cidrs: tuple[IPv4Network, ...]
    resolves: bool


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """`public`: an instance that starts in it gets a public address."""

    id: str
    vpc_id: str
    zone: str
    cidr: IPv4Network
    public: bool


def kinds(settings: Settings) -> tuple[SubnetKind, ...]:
    """The kinds of subnets that the topology uses."""
    return ("public", "private") if settings.private else ("public",)


def problems(settings: Settings) -> Iterator[str]:
    """What the config lacks, and what it must not contain; one line for each."""
    listed: dict[str, Mapping[SubnetKind, Mapping[str, object]]] = {
        "subnetIds": settings.subnet_ids,
        "subnetCidrs": settings.subnet_cidrs,
    }
    if not settings.vpc_id:
        yield from (f"{key} is set without vpcId: name the VPC, or remove {key}" for key, it in listed.items() if it)
        return
    if settings.nat_gateways != "one":
        yield (
            f"natGateways is {settings.nat_gateways}, and in {settings.vpc_id} the way out is its owner's: remove "
            "natGateways"
        )
    for key, by_kind in listed.items():
        if "private" in by_kind and not settings.private:
            yield f"{key} has private subnets, and topology is public: set topology private, or remove them"
        for kind in kinds(settings):
            yield from _zones(settings, f"{key}.{kind}", by_kind.get(kind, {}))


def _zones(settings: Settings, path: str, by_letter: Mapping[str, object]) -> Iterator[str]:
    example = "SUBNET" if path.startswith("subnetIds") else "RANGE"
    for letter in settings.zones:
        if letter not in by_letter:
            yield (
                f"{path} has nothing for zone {letter}, which zones lists: "
                f"`pulumi config set --path {path}.{letter} {example}`, or remove {letter} from zones"
            )
    for letter in by_letter:
        if letter not in settings.zones:
            yield f"{path} has {letter}, which zones does not list: add {letter} to zones, or remove it here"


def range_problems(settings: Settings, last: str, highest: int, others: Mapping[str, IPv4Network]) -> Iterator[str]:
    """Of the listed ranges: they overlap or are too small. `last` is the node with the `highest` index."""
    seen = dict(others)
    for kind in kinds(settings):
        for letter, cidr in settings.subnet_cidrs.get(kind, {}).items():
            path = f"subnetCidrs.{kind}.{letter}"
            for name, other in seen.items():
                if cidr.overlaps(other):
                    yield f"{path} {cidr} overlaps {name} {other}: set them apart"
            seen[path] = cidr
            if kind == settings.topology:
                yield from _room(settings, path, cidr, last, highest)


def _room(settings: Settings, path: str, cidr: IPv4Network, last: str, highest: int) -> Iterator[str]:
    if highest > addressing.subnet_index_most(cidr):
        yield f"{path} {cidr} has no address for {last} (weave index {highest}): use a larger subnet"
    if settings.runs("haproxy") and not settings.private and not addressing.reservation(cidr):
        yield (
            f"{path} {cidr} has no addresses for the load balancer beside those of the nodes, and services has "
            "haproxy: use a subnet of a /22 or larger, or topology private, or remove haproxy from the list"
        )


def differences(settings: Settings, vpc: Vpc, subnets: Mapping[SubnetKind, Mapping[str, Subnet]]) -> Iterator[str]:
    """Between the config and what AWS reports, one line for each; `subnets` by kind and zone letter."""
    if vpc.cidr != settings.vpc_cidr:
        yield (f"vpcCidr is {settings.vpc_cidr}, and {vpc.id} has {vpc.cidr}: `pulumi config set vpcCidr {vpc.cidr}`")
    for cidr in vpc.cidrs:
        if cidr.overlaps(settings.weave_cidr):
            yield f"weaveCidr {settings.weave_cidr} overlaps {cidr} of vpcId {vpc.id}: choose another weaveCidr"
    if settings.runs("dns") and "vpc" in settings.dns_forwarders and not vpc.resolves:
        yield (
            f"dnsForwarders has vpc, and vpcId {vpc.id} has no resolver: turn on its attribute enableDnsSupport, or "
            "list other resolvers"
        )
    for kind, by_letter in subnets.items():
        for letter, subnet in by_letter.items():
            yield from _subnet(settings, kind, letter, subnet)


def _subnet(settings: Settings, kind: SubnetKind, letter: str, subnet: Subnet) -> Iterator[str]:
    path, zone = f"subnetIds.{kind}.{letter}", settings.region + letter
    if subnet.vpc_id != settings.vpc_id:
        yield f"{path} is {subnet.id}, which is in {subnet.vpc_id}: name a subnet of vpcId {settings.vpc_id}"
    if subnet.zone != zone:
        yield f"{path} is {subnet.id}, which is in the zone {subnet.zone}: name a subnet in {zone}"
    if subnet.cidr != (listed := settings.subnet_cidrs[kind][letter]):
        key = f"subnetCidrs.{kind}.{letter}"
        yield f"{key} is {listed}, and {subnet.id} has {subnet.cidr}: `pulumi config set --path {key} {subnet.cidr}`"
    if kind == settings.topology and subnet.public == settings.private:
        gives, switch = ("gives", "--no-map") if subnet.public else ("does not give", "--map")
        yield (
            f"{path} is {subnet.id}, which {gives} a public address to an instance that starts in it, and topology "
            f"is {settings.topology}: name another subnet, or run `aws ec2 modify-subnet-attribute --subnet-id "
            f"{subnet.id} {switch}-public-ip-on-launch`"
        )
