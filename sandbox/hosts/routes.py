"""Ranges of addresses against the routes of this machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from sandbox.hosts.command import run


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route of this machine: `network` goes out by `device`."""

    network: IPv4Network
    device: str


def machine_routes() -> list[Route]:
    """The IPv4 routes of the machine's main table, without the default route."""
    listed = json.loads(run("ip", "-json", "-4", "route", "show") or "[]")
    return parse_routes(listed)


def parse_routes(listed: list[dict[str, str]]) -> list[Route]:
    """Routes out of what `ip -json route show` prints."""
    return [
        Route(network=IPv4Network(route["dst"]), device=route.get("dev", route.get("type", "?")))
        for route in listed
        if route["dst"] != "default" and route["dst"] != "0.0.0.0/0"
    ]


_GOES_WITH = {"vpcCidr": ", and its first address in adminCidrs and weaveImage"}


def clashes(ranges: Mapping[str, str], routes: list[Route], own_device: str) -> list[str]:
    """One line for each range (config key -> CIDR) that overlaps a route which is not the sandbox's own."""
    said = []
    for key, cidr in ranges.items():
        try:
            wanted = IPv4Network(cidr)
        except ValueError as problem:
            said.append(f"{key} is no IPv4 range: {problem}")
            continue
        for route in routes:
            if route.device != own_device and wanted.overlaps(route.network):
                said.append(
                    f"{key} {cidr} clashes with this machine's route {route.network} by {route.device}: "
                    f"set another {key} in Pulumi.sandbox.yaml{_GOES_WITH.get(key, '')}"
                )
                break
    return said
