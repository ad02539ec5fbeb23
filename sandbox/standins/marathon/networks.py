"""An app's network and ports, from the old form (docker.network, docker.portMappings, ports) or the new one."""

from typing import Protocol

from sandbox.standins.common.mesos import Json

_OLD = {"BRIDGE": "container/bridge", "HOST": "host", "NONE": "none", "USER": "container"}
HOST, BRIDGE, CONTAINER = "host", "container/bridge", "container"


class Problems(Protocol):
    def add(self, path: str, error: str) -> None: ...


def mode(app: Json) -> str:
    return str(app["networks"][0]["mode"])


def networks_of(app: Json, problems: Problems) -> list[Json]:
    """One network; the host's when nothing is said. Takes docker.network out of the container."""
    old = app["container"]["docker"].pop("network", None)
    if old is not None and old not in _OLD:
        problems.add("/container/docker/network", "error.unknown.enum.literal")
        return []
    networks = [{"mode": _OLD[old]}] if old else app.get("networks") or [{"mode": HOST}]
    if len(networks) != 1:
        problems.add("/networks", "this stand-in attaches a container to one network")
    elif networks[0].get("mode", CONTAINER) == CONTAINER:
        name = networks[0].get("name") or (app.get("ipAddress") or {}).get("networkName")
        if not name:
            problems.add("/networks", "a network of mode container needs a name")
        return [{"mode": CONTAINER, "name": name}]
    elif networks[0]["mode"] not in (HOST, BRIDGE, "none"):
        problems.add("/networks(0)/mode", "error.unknown.enum.literal")
    return list(networks)


def port_mappings(app: Json, problems: Problems) -> list[Json]:
    """None on the host's network. An app on the bridge that says nothing gets one port, as Marathon gives it."""
    container = app["container"]
    old = container["docker"].pop("portMappings", None)
    given = old or container.get("portMappings")  # an empty list in the old place counts as nothing said
    if mode(app) in (HOST, "none"):
        return []
    if given is None:
        given = [{"containerPort": 0}] if mode(app) == BRIDGE else []
    mappings = []
    for i, raw in enumerate(given):
        default: Json = {"containerPort": 0, "protocol": "tcp", "labels": {}}
        if mode(app) == BRIDGE:
            default["hostPort"] = 0
        mapping = {**default, **{name: value for name, value in raw.items() if value is not None}}
        for name in ("containerPort", "hostPort", "servicePort"):
            if not _is_port(mapping.get(name, 0)):
                problems.add(f"/container/portMappings({i})/{name}", "must be a port, 0 to 65535")
        if mapping["protocol"] not in ("tcp", "udp"):
            problems.add(f"/container/portMappings({i})/protocol", "this stand-in maps tcp or udp")
        mappings.append(mapping)
    return mappings


def port_definitions(app: Json, problems: Problems) -> list[Json]:
    """The ports of an app on the host's network; one when nothing is said."""
    if mode(app) != HOST:
        return []
    given = app.get("portDefinitions")
    if given is None or app.get("ports") is not None:
        given = [{"port": port} for port in app.get("ports", [0])]
    for i, definition in enumerate(given):
        if not _is_port(definition.get("port", 0)):
            problems.add(f"/portDefinitions({i})/port", "must be a port, 0 to 65535")
    return [{"port": 0, "protocol": "tcp", "labels": {}, **definition} for definition in given]


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 65535
