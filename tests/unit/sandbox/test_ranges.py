"""Ranges of the sandbox against the routes of the machine."""

from ipaddress import IPv4Network

import pytest
import yaml

from sandbox.home import DEFAULTS, PROJECT
from sandbox.hosts.ranges import Route, clashes, free_pair

LAN = Route(network=IPv4Network("192.168.1.0/24"), device="eth0")
VPN = Route(network=IPv4Network("10.0.0.0/8"), device="tun0")
OWN = Route(network=IPv4Network("10.0.0.0/16"), device="apollo-1a2b")


@pytest.mark.parametrize(
    ("routes", "lines"),
    [
        ([], []),
        ([LAN, OWN], []),
        (
            [LAN, VPN],
            [
                "vpcCidr 10.0.0.0/16 clashes with this machine's route 10.0.0.0/8 by tun0: "
                "set another vpcCidr in Pulumi.sandbox.yaml, "
                "and its first address in adminCidrs, weaveImage and imageRegistry",
                "weaveCidr 10.2.0.0/16 clashes with this machine's route 10.0.0.0/8 by tun0: "
                "set another weaveCidr in Pulumi.sandbox.yaml",
            ],
        ),
    ],
)
def test_a_clash_names_range_route_device_and_remedy(routes: list[Route], lines: list[str]) -> None:
    assert clashes({"vpcCidr": "10.0.0.0/16", "weaveCidr": "10.2.0.0/16"}, routes, "apollo-1a2b") == lines


def test_the_docs_quote_the_error_as_it_is() -> None:
    other = Route(network=IPv4Network("10.0.0.0/16"), device="apollo-ae2a")
    (line,) = clashes({"vpcCidr": "10.0.0.0/16"}, [other], "apollo-1a2b")
    quoted = " ".join((PROJECT / "docs/sandbox.md").read_text().split())
    assert f"Error: {line}" in quoted


def test_the_error_names_every_key_of_the_stacks_file_that_holds_the_range() -> None:
    """adminCidrs, weaveImage and imageRegistry have the first address of vpcCidr in them."""
    config = yaml.safe_load(DEFAULTS.read_text())["config"]
    keys = {key.rpartition(":")[2] for key, value in config.items() if "10.0.0.1" in str(value)}
    other = Route(network=IPv4Network("10.0.0.0/16"), device="eth0")
    (line,) = clashes({"vpcCidr": "10.0.0.0/16"}, [other], "apollo-1a2b")
    assert keys
    assert {key for key in keys if key in line} == keys


def test_the_tests_use_the_next_ranges_that_have_no_route() -> None:
    left = Route(network=IPv4Network("10.92.0.0/16"), device="apollo-ae2a")
    assert free_pair(91, [LAN, OWN]) == ("10.91", "10.92")
    assert free_pair(91, [LAN, left]) == ("10.93", "10.94")
    assert free_pair(91, [VPN]) == ("10.91", "10.92"), "without a free pair, the clash is reported for the first"


@pytest.mark.parametrize("cidr", ["banana", "10.0.0.1/16", "10.0.0.0/33", ""])
def test_a_value_that_is_not_a_range_is_an_error_that_names_its_key(cidr: str) -> None:
    (line,) = clashes({"vpcCidr": cidr}, [], "apollo-1a2b")
    assert line.startswith("vpcCidr is not an IPv4 range: ")
