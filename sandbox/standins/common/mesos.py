"""What the Mesos stand-ins and Marathon's share: resources, attributes, task states, the leading master."""

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.standins.common.election import leader_of
from sandbox.standins.common.ensemble import Ensemble
from sandbox.standins.common.zkurl import ZkUrl

VERSION = "1.7.0-standin"
CONTENDER = "json.info_"
TERMINAL = frozenset(
    {"TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_LOST", "TASK_GONE", "TASK_DROPPED"}
)
_UNITS = {"ms": 1e-3, "secs": 1, "mins": 60, "hrs": 3600}
SCALARS = ("cpus", "mem", "disk")

Json = dict[str, Any]


def seconds(text: str) -> float:
    """`10mins` -> 600.0, as Mesos writes durations. Raises ArgumentTypeError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]+)", text)
    if not match or match[2] not in _UNITS:
        raise ArgumentTypeError(f"{text!r} is not a number and one of {', '.join(_UNITS)}")
    return float(match[1]) * _UNITS[match[2]]


def parse_resources(text: str) -> Json:
    """`cpus(*):2;ports(*):[31000-32000]` -> {"cpus": 2.0, "ports": [[31000, 32000]]}. Raises ArgumentTypeError."""
    found: Json = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"(?P<name>\w+)(\(\*\))?\s*:\s*((?P<scalar>\d+(\.\d+)?)|(?P<ranges>\[.+\]))", part)
        if not match:
            raise ArgumentTypeError(f"{part!r} is not a resource such as cpus(*):2 or ports(*):[31000-32000]")
        found[match["name"]] = float(match["scalar"]) if match["scalar"] else _ranges(match["ranges"])
    return found


def _ranges(text: str) -> list[list[int]]:
    """`[31000-31099, 31200-31200]` -> pairs, both ends included. Raises ArgumentTypeError."""
    pairs = [re.fullmatch(r"\s*(\d+)-(\d+)\s*", part) for part in text.strip("[]").split(",")]
    found = [[int(pair[1]), int(pair[2])] for pair in pairs if pair and int(pair[1]) <= int(pair[2])]
    if len(found) < len(pairs):
        raise ArgumentTypeError(f"{text!r} is not a list of ranges such as [31000-31099, 31200-31299]")
    return found


def without(ranges: Iterable[Sequence[int]], ports: Iterable[int]) -> list[list[int]]:
    """`ranges` with `ports` taken out."""
    left = [list(pair) for pair in ranges]
    for port in ports:
        pieces = [([first, min(last, port - 1)], [max(first, port + 1), last]) for first, last in left]
        left = [piece for pair in pieces for piece in pair if piece[0] <= piece[1]]
    return left


def parse_attributes(text: str) -> dict[str, str]:
    """`rack:abc;zone:west` -> {"rack": "abc", ...}. Raises ArgumentTypeError."""
    pairs = [part.strip().partition(":") for part in text.split(";") if part.strip()]
    if wrong := [name for name, _, value in pairs if not name or not value]:
        raise ArgumentTypeError(f"the attribute {wrong[0]!r} has no value: write NAME:VALUE;NAME:VALUE")
    return {name: value for name, _, value in pairs}


def master_url(leader: bytes | None) -> str | None:
    """http://ip:port from the leader's node; None where there is none, or it is not a MasterInfo."""
    try:
        address = json.loads(leader or b"{}")["address"]
        return f"http://{address['ip']}:{address['port']}"
    except (ValueError, KeyError, TypeError):
        return None


class Detector:
    """Finds the leading master, by the election of the masters under `url`."""

    def __init__(self, url: ZkUrl, ensemble: Ensemble) -> None:
        self._url, self._ensemble = url, ensemble

    def leader(self) -> str | None:
        """http://ip:port, or None while there is none. Raises Lost."""
        return master_url(leader_of(self._ensemble, self._url.path, CONTENDER))
