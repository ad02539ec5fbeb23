"""Names: which domains the nodes' resolvers serve, and which server answers for each."""

from ipaddress import IPv4Network

import pytest

from infra.config.settings import Settings
from infra.plan import names
from tests.unit.program import config

ROUTER = {"weave.local": "router", "2.10.in-addr.arpa": "router"}


@pytest.mark.parametrize(
    ("changes", "zones", "search"),
    [
        ({}, {"consul": "consul"}, ("service.consul",)),
        ({"dns": "weave"}, {"consul": "consul", **ROUTER}, ("weave.local", "service.consul")),
        ({"dns": "weave", "services": ["dns"]}, ROUTER, ("weave.local",)),
        ({"consulDomain": "c.example"}, {"c.example": "consul"}, ("service.c.example",)),
        ({"services": ["consul"]}, {"consul": "consul"}, ()),
    ],
)
def test_each_domain_has_one_server_and_short_names_are_tried_in_the_routers_domain_first(
    changes: dict[str, object], zones: dict[str, str], search: tuple[str, ...]
) -> None:
    settings = Settings.parse(config(**changes))
    assert names.zones(settings) == zones
    assert names.search_domains(settings) == search


@pytest.mark.parametrize(
    ("network", "zones"),
    [
        ("10.2.0.0/16", ["2.10.in-addr.arpa"]),
        ("10.0.0.0/8", ["10.in-addr.arpa"]),
        ("10.2.4.0/22", [f"{octet}.2.10.in-addr.arpa" for octet in (4, 5, 6, 7)]),
    ],
)
def test_the_zones_of_a_ranges_names_cover_it_and_nothing_else(network: str, zones: list[str]) -> None:
    assert names.reverse_zones(IPv4Network(network)) == zones
