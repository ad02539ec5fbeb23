"""The address ranges of the sandbox's stack, against the routes of this machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

import yaml

from sandbox.home import PROJECT
from sandbox.hosts.programs import run

KEYS = ("vpcCidr", "weaveCidr")
_GOES_WITH = {"vpcCidr": ", and its first address in adminCidrs, weaveImage and imageRegistry"}


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route of this machine: packets to `network` leave by `device`."""

    network: IPv4Network
    device: str


def stack_ranges(stack_file: Path) -> dict[str, str]:
    """KEYS as the stack's file has them (`<project>:vpcCidr`), or their defaults in Pulumi.yaml."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    try:
        config = (yaml.safe_load(stack_file.read_text()) or {}).get("config", {})
    except FileNotFoundError:
        config = {}
    given = {str(key).rpartition(":")[2]: str(value) for key, value in config.items()}
    return {key: given.get(key, str(declared[key]["default"])) for key in KEYS}


def machine_routes() -> list[Route]:
    """The IPv4 routes of the machine's main table, without the default route."""
    return parse_routes(json.loads(run("ip", "-json", "-4", "route", "show") or "[]"))


def parse_routes(listed: list[dict[str, str]]) -> list[Route]:
    """Routes out of what `ip -json route show` prints."""
    return [
        Route(network=IPv4Network(route["dst"]), device=route.get("dev", route.get("type", "?")))
        for route in listed
        if route["dst"] not in ("default", "0.0.0.0/0")
    ]


def free_pair(first: int, routes: list[Route]) -> tuple[str, str]:
    """The first two octets of two ranges that no route has: 10.91 and 10.92 for 91, or the next free pair.

    A sandbox that was killed keeps its routes until `make clean`, and the tests beside it need ranges too.
    """
    for number in range(first, first + 10, 2):
        pair = f"10.{number}", f"10.{number + 1}"
        networks = [IPv4Network(f"{octets}.0.0/16") for octets in pair]
        if not any(network.overlaps(route.network) for network in networks for route in routes):
            return pair
    return f"10.{first}", f"10.{first + 1}"


def clashes(ranges: Mapping[str, str], routes: list[Route], own_device: str) -> list[str]:
    """One line for each range (config key -> CIDR) that overlaps a route which is not the sandbox's own."""
    lines = []
    for key, cidr in ranges.items():
        try:
            wanted = IPv4Network(cidr)
        except ValueError as problem:
            lines.append(f"{key} is not an IPv4 range: {problem}")
            continue
        taken = [route for route in routes if route.device != own_device and wanted.overlaps(route.network)]
        if taken:
            lines.append(
                f"{key} {cidr} clashes with this machine's route {taken[0].network} by {taken[0].device}: "
                f"set another {key} in Pulumi.sandbox.yaml{_GOES_WITH.get(key, '')}"
            )
    return lines
