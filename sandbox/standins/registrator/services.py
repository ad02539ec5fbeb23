"""From a container to the services that it offers, by registrator's rules (bridge/bridge.go and util.go of v7)."""

import re
from dataclasses import dataclass, field

from sandbox.standins.common.mesos import Json
from sandbox.standins.registrator.flags import Config


@dataclass(frozen=True, kw_only=True)
class Service:
    """What is registered. `attributes` are what is left of SERVICE_*; `exposed` is the container's own port."""

    id: str
    name: str
    address: str
    port: int
    container: str
    exposed: str
    tags: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Port:
    exposed: str
    kind: str
    host_port: str
    host_ip: str


def services_of(container: Json, config: Config, hostname: str) -> list[Service]:
    """`container` is what docker's inspect gives.

    A container has services where docker knows its ports: from EXPOSE in its image, from --expose, or published.
    """
    ports = _ports(container)
    used = [port for port in ports if config.internal or port.host_port]
    found = [_service(container, port, config, hostname, group=len(ports) > 1) for port in used]
    return [service for service in found if service]


def _ports(container: Json) -> list[_Port]:
    """What was asked to be published (on the host's network too), then what docker made of it, which wins."""
    asked = container["HostConfig"].get("PortBindings") or {}
    made = container["NetworkSettings"].get("Ports") or {}
    return [_port(port, published or [], container) for port, published in {**asked, **made}.items()]


def _port(port: str, published: list[Json], container: Json) -> _Port:
    """v7 takes the container's own address for the published one's, whatever the network: only -ip changes that."""
    number, _, kind = port.partition("/")
    networks = container["NetworkSettings"].get("Networks") or {}
    network: Json = networks.get(container["HostConfig"].get("NetworkMode", "")) or {}
    return _Port(
        exposed=number,
        kind=kind or "tcp",
        host_port=published[0].get("HostPort", "") if published else "",
        host_ip=network.get("IPAddress", ""),
    )


def _service(container: Json, port: _Port, config: Config, hostname: str, *, group: bool) -> Service | None:
    attributes, of_port = metadata(container["Config"], port.exposed)
    if attributes.get("ignore"):
        return None
    name = attributes.get("name") or container["Config"]["Image"].rpartition("/")[2].split(":")[0]
    if group and "name" not in of_port:
        name += f"-{port.exposed}"
    udp = port.kind == "udp"
    own_name = container["Name"].removeprefix("/")
    id = attributes.get("id") or f"{hostname}:{own_name}:{port.exposed}" + (":udp" if udp else "")
    tags = [*_tags(attributes.get("tags", "")), *_tags(config.tags), *(["udp"] if udp else [])]
    return Service(
        id=id,
        name=name,
        address=_address(container, port, config),
        port=int(port.exposed if config.internal else port.host_port),
        container=container["Id"],
        exposed=port.exposed,
        tags=tuple(tags),
        attributes={key: value for key, value in attributes.items() if key not in ("id", "tags", "name")},
    )


def _address(container: Json, port: _Port, config: Config) -> str:
    """-internal wins over -ip. Consul puts its agent's address where this is empty."""
    return _own_address(container) if config.internal else config.ip or port.host_ip


def _own_address(container: Json) -> str:
    settings = container["NetworkSettings"]
    if settings.get("IPAddress"):
        return str(settings["IPAddress"])
    networks = (settings.get("Networks") or {}).values()
    return next((str(network["IPAddress"]) for network in networks if network.get("IPAddress")), "")


def metadata(config: Json, port: str) -> tuple[dict[str, str], set[str]]:
    """SERVICE_* of environment and labels, lower case, for one port; and which of them were for it alone."""
    pairs = [pair.partition("=") for pair in config.get("Env") or []]
    pairs += [(name, "=", value) for name, value in (config.get("Labels") or {}).items()]
    found: dict[str, str] = {}
    of_port: set[str] = set()
    for name, equals, value in pairs:
        if not name.startswith("SERVICE_") or not equals:
            continue
        key = name.removeprefix("SERVICE_").lower()
        if key in of_port:
            continue
        number, underscore, rest = key.partition("_")
        if underscore and re.fullmatch(r"[+-]?\d+", number):
            if number == port:
                found[rest] = value
                of_port.add(rest)
        else:
            found[key] = value
    return found, of_port


def _tags(text: str) -> list[str]:
    return text.split(",") if text else []


def registration(service: Service) -> Json:
    """The body of Consul's /v1/agent/service/register."""
    body: Json = {
        "ID": service.id,
        "Name": service.name,
        "Port": service.port,
        "Tags": list(service.tags),
        "Address": service.address,
    }
    if check := _check(service):
        body["Check"] = check
    return body


def _check(service: Service) -> Json | None:
    """The first of http, cmd, script, ttl, tcp. A script goes as v7 sends it: Consul 1.1 and later refuse it."""
    given = service.attributes
    where = f"{service.address}:{service.port}"
    check: Json = {}
    if path := given.get("check_http"):
        check = {"HTTP": f"http://{where}{path}"}
    elif command := given.get("check_cmd"):
        check = {"Script": f"check-cmd {service.container[:12]} {service.exposed} {command}"}
    elif script := given.get("check_script"):
        check = {"Script": script.replace("$SERVICE_IP", service.address).replace("$SERVICE_PORT", str(service.port))}
    elif ttl := given.get("check_ttl"):
        return {"TTL": ttl}
    elif given.get("check_tcp"):
        check = {"TCP": where}
    else:
        return None
    if given.get("check_timeout") and "Script" not in check:
        check["Timeout"] = given["check_timeout"]
    return {**check, "Interval": given.get("check_interval") or "10s"}
