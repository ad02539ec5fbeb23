"""What the Mesos stand-ins and Marathon's share: resources, attributes, task states, the leading master."""

import json
import re
from collections.abc import Iterable
from typing import Any

from sandbox.standins.common.election import leader_of
from sandbox.standins.common.ensemble import Ensemble, Lost
from sandbox.standins.common.zkurl import ZkUrl

VERSION = "1.7.0-standin"
CONTENDER = "json.info_"
TERMINAL = frozenset(
    {"TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR", "TASK_LOST", "TASK_GONE", "TASK_DROPPED"}
)
SCALARS = ("cpus", "mem", "disk")

Json = dict[str, Any]
Range = tuple[int, int]


def parse_resources(text: str) -> Json:
    """`cpus(*):2;ports(*):[31000-32000]` -> {"cpus": 2.0, "ports": [[31000, 32000]]}. Raises ValueError."""
    if text.lstrip().startswith("["):
        return _from_json(json.loads(text))
    found: Json = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"(\w+)(?:\([^)]*\))?\s*:\s*(.+)", part)
        if not match:
            raise ValueError(f"Bad value for resources, missing or extra ':' in {part}")
        name, value = match.groups()
        if value.startswith("["):
            found[name] = [list(pair) for pair in parse_ranges(value)]
        elif re.fullmatch(r"\d+(\.\d+)?", value):
            found[name] = float(value)
        else:
            raise ValueError(f"Bad value for resource {name}: {value}")
    return found


def _from_json(resources: list[Json]) -> Json:
    return {
        str(each["name"]): [[pair["begin"], pair["end"]] for pair in each["ranges"]["range"]]
        if each["type"] == "RANGES"
        else float(each["scalar"]["value"])
        for each in resources
    }


def parse_ranges(text: str) -> list[Range]:
    """`[31000-31099, 31200-31200]` -> pairs, both ends in. Raises ValueError."""
    pairs = []
    for part in text.strip().strip("[]").split(","):
        match = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", part)
        if not match or int(match[1]) > int(match[2]):
            raise ValueError(f"Bad value for ranges: {text}")
        pairs.append((int(match[1]), int(match[2])))
    return pairs


def show_ranges(pairs: Iterable[Iterable[int]]) -> str:
    return "[" + ", ".join("-".join(str(end) for end in pair) for pair in pairs) + "]"


def parse_attributes(text: str) -> dict[str, str]:
    """`rack:abc;zone:west` -> {"rack": "abc", ...}. Raises ValueError."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, colon, value = part.partition(":")
        if not colon or not name or not value:
            raise ValueError(f"Invalid attribute key:value pair '{part}'")
        found[name] = value
    return found


def master_url(leader: bytes | None) -> str | None:
    """http://ip:port from the leader's node; None where there is none, or it is no MasterInfo."""
    try:
        address = json.loads(leader or b"{}")["address"]
        return f"http://{address['ip']}:{address['port']}"
    except (ValueError, KeyError, TypeError):
        return None


class Detector:
    """Finds the leading master, as `--master` says: zk://..., or a host:port."""

    def __init__(self, where: ZkUrl | str, ensemble: Ensemble | None) -> None:
        self._where, self._ensemble = where, ensemble

    def leader(self) -> str | None:
        """http://ip:port, or None while there is none. Raises Lost."""
        if isinstance(self._where, str):
            return f"http://{self._where}"
        if self._ensemble is None:
            raise Lost("no ZooKeeper")
        return master_url(leader_of(self._ensemble, self._where.path, CONTENDER))
