"""Ranges of the sandbox against the routes of the machine."""

from ipaddress import IPv4Network

import pytest

from sandbox.hosts.routes import Route, clashes, parse_routes

LAN = Route(network=IPv4Network("192.168.1.0/24"), device="eth0")
VPN = Route(network=IPv4Network("10.0.0.0/8"), device="tun0")
OWN = Route(network=IPv4Network("10.0.0.0/16"), device="apollo-1a2b")


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ([], []),
        ([LAN], []),
        ([OWN], []),
        (
            [LAN, VPN],
            [
                "vpcCidr 10.0.0.0/16 clashes with this machine's route 10.0.0.0/8 by tun0: "
                "set another vpcCidr in Pulumi.sandbox.yaml, and its first address in adminCidrs and weaveImage",
                "weaveCidr 10.2.0.0/16 clashes with this machine's route 10.0.0.0/8 by tun0: "
                "set another weaveCidr in Pulumi.sandbox.yaml",
            ],
        ),
    ],
)
def test_a_clash_names_range_route_device_and_remedy(routes: list[Route], said: list[str]) -> None:
    assert clashes({"vpcCidr": "10.0.0.0/16", "weaveCidr": "10.2.0.0/16"}, routes, "apollo-1a2b") == said


def test_the_default_route_is_no_clash() -> None:
    listed = [
        {"dst": "default", "dev": "eth0"},
        {"dst": "192.168.1.0/24", "dev": "eth0"},
        {"dst": "10.9.9.9", "dev": "wg0"},
        {"type": "blackhole", "dst": "172.20.0.0/16"},
    ]
    assert parse_routes(listed) == [
        LAN,
        Route(network=IPv4Network("10.9.9.9/32"), device="wg0"),
        Route(network=IPv4Network("172.20.0.0/16"), device="blackhole"),
    ]


@pytest.mark.parametrize("cidr", ["banana", "10.0.0.1/16", "10.0.0.0/33", ""])
def test_what_is_no_range_is_said_with_its_key(cidr: str) -> None:
    (line,) = clashes({"vpcCidr": cidr}, [], "apollo-1a2b")
    assert line.startswith("vpcCidr is no IPv4 range: ")
