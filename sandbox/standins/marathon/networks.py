"""An app's network and ports, from the old form (docker.network, docker.portMappings) or the new one.

There is one network here, the bridge that docker has on a node.
"""

from typing import Protocol

from sandbox.standins.common.mesos import Json

BRIDGE = "container/bridge"


class Problems(Protocol):
    def add(self, path: str, error: str) -> None: ...


def networks_of(app: Json, problems: Problems) -> list[Json]:
    """Takes docker.network out of the container."""
    old = app["container"]["docker"].pop("network", None)
    networks = app.get("networks") or []
    named = "HOST" if not (old or networks) else old or ", ".join(str(each.get("mode")) for each in networks)
    if named not in ("BRIDGE", BRIDGE):
        problems.add("/networks", f"this stand-in has no network {named}: write [{{'mode': '{BRIDGE}'}}]")
    return [{"mode": BRIDGE}]


def port_mappings(app: Json, problems: Problems) -> list[Json]:
    """Takes docker.portMappings out. An app that names no ports gets one, as Marathon gives it."""
    container = app["container"]
    # An empty list in the old place counts as nothing given.
    given = container["docker"].pop("portMappings", None) or container.get("portMappings")
    mappings = []
    for i, raw in enumerate([{}] if given is None else given):
        default: Json = {"containerPort": 0, "hostPort": 0, "protocol": "tcp", "labels": {}}
        mapping = {**default, **{name: value for name, value in raw.items() if value is not None}}
        for name in ("containerPort", "hostPort"):
            if not _is_port(mapping.get(name, 0)):
                problems.add(f"/container/portMappings({i})/{name}", "must be a port, 0 to 65535")
        if mapping["protocol"] not in ("tcp", "udp"):
            problems.add(f"/container/portMappings({i})/protocol", "this stand-in maps tcp or udp")
        mappings.append(mapping)
    return mappings


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535
