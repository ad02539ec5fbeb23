"""Names: the domains that the nodes' resolvers serve, and which server answers for each of them."""

from ipaddress import IPv4Network
from typing import Literal

from infra.config.settings import Settings

Server = Literal["consul", "router"]

ROUTER_DOMAIN = "weave.local"
"""The domain of the names that the Weave routers serve."""


def routers_serve(settings: Settings) -> bool:
    """Whether containers find each other by the routers' names; by Consul's otherwise."""
    return settings.dns == "weave"


def search_domains(settings: Settings) -> tuple[str, ...]:
    """Where containers look for short names, in this order; empty when no resolver runs on the nodes."""
    if not settings.runs("dns"):
        return ()
    routers = (ROUTER_DOMAIN,) if routers_serve(settings) else ()
    return (*routers, f"service.{settings.consul_domain}") if settings.runs("consul") else routers


def zones(settings: Settings) -> dict[str, Server]:
    """Each domain of the cluster's own and its server; all other names go to `dnsForwarders`."""
    found: dict[str, Server] = {settings.consul_domain: "consul"} if settings.runs("consul") else {}
    if routers_serve(settings):
        found |= dict.fromkeys((ROUTER_DOMAIN, *reverse_zones(settings.weave_cidr)), "router")
    return found


def reverse_zones(network: IPv4Network) -> list[str]:
    """The DNS zones that name a range's addresses: 2.10.in-addr.arpa for 10.2.0.0/16."""
    octets = -(-network.prefixlen // 8)
    parts = [str(part.network_address).split(".")[:octets] for part in network.subnets(new_prefix=8 * octets)]
    return [".".join(reversed(part)) + ".in-addr.arpa" for part in parts]
