"""Subnets: their ranges by zone name, each an eighth of vpcCidr, or those that config lists."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import TypeVar

from infra.config.settings import Settings, SubnetKind
from infra.plan import addressing

_Value = TypeVar("_Value")


def zones(settings: Settings) -> tuple[str, ...]:
    """eu-west-1a for the letter a in eu-west-1, in the order of the key `zones`."""
    return tuple(settings.region + letter for letter in settings.zones)


def nodes(settings: Settings) -> dict[str, IPv4Network]:
    return _ranges(settings, settings.topology, addressing.subnet)


def public(settings: Settings) -> dict[str, IPv4Network]:
    """Those of the load balancer and the bastion; empty where these are in the nodes' subnets."""
    return _ranges(settings, "public", addressing.public_subnet) if settings.private else {}


def ids(settings: Settings, kind: SubnetKind) -> dict[str, str]:
    """Of the subnets of an existing network, by zone name."""
    return _by_name(settings, settings.subnet_ids[kind])


def _ranges(
    settings: Settings, kind: SubnetKind, own: Callable[[IPv4Network, int], IPv4Network]
) -> dict[str, IPv4Network]:
    if settings.vpc_id:
        return _by_name(settings, settings.subnet_cidrs[kind])
    return {zone: own(settings.vpc_cidr, place) for place, zone in enumerate(zones(settings))}


def _by_name(settings: Settings, by_letter: Mapping[str, _Value]) -> dict[str, _Value]:
    return {settings.region + letter: by_letter[letter] for letter in settings.zones}
