"""From a container to the services that it offers, by registrator's rules (its branch master, folder bridge)."""

import re
from dataclasses import dataclass, field

from sandbox.standins.common.docker import own_address
from sandbox.standins.common.mesos import Json


@dataclass(frozen=True, kw_only=True)
class Service:
    """What is registered. `attributes` are those of SERVICE_*, in lower case, without id, name and tags.

    Consul takes the node's address where `address` is empty.
    """

    id: str
    name: str
    address: str
    port: int
    tags: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


def services_of(container: Json, hostname: str) -> list[Service]:
    """`container` is what docker's inspect returns; services have its own address, as registrator -internal has it.

    A container has services where docker knows its ports: from EXPOSE in its image, from --expose, or published.
    On the host's network too, where it has no address.
    """
    exposed = container["Config"].get("ExposedPorts") or {}
    made = container["NetworkSettings"].get("Ports") or {}
    ports = list({**exposed, **made})
    found = [_service(container, port, hostname, group=len(ports) > 1) for port in ports]
    return [service for service in found if service]


def _service(container: Json, port: str, hostname: str, *, group: bool) -> Service | None:
    """`port` is such as 53/udp; with others it makes a `group`, whose services have the port in their names."""
    number, _, kind = port.partition("/")
    attributes, of_port = metadata(container["Config"], number)
    if attributes.get("ignore"):
        return None
    own_id, own_tags, name = (attributes.pop(key, "") for key in ("id", "tags", "name"))
    name = name or container["Config"]["Image"].rpartition("/")[2].split(":")[0]
    if group and "name" not in of_port:
        name += f"-{number}"
    udp = kind == "udp"
    own_name = container["Name"].removeprefix("/")
    return Service(
        id=own_id or f"{hostname}:{own_name}:{number}" + (":udp" if udp else ""),
        name=name,
        address=own_address(container),
        port=int(number),
        tags=(*tags_of(own_tags), "udp") if udp else tags_of(own_tags),
        attributes=attributes,
    )


def tags_of(text: str) -> tuple[str, ...]:
    """Split at commas, except at escaped ones, and the last one first, as registrator has them."""
    parts = (part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text))
    return tuple(part for part in parts if part)[::-1]


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


def registration(service: Service) -> Json:
    """The body of Consul's /v1/agent/service/register."""
    body: Json = {
        "ID": service.id,
        "Name": service.name,
        "Port": service.port,
        "Tags": list(service.tags),
        "Address": service.address,
        # Consul refuses the service if a value has more than 512 characters.
        "Meta": service.attributes,
    }
    if check := _check(service):
        body["Check"] = check
    return body


def _check(service: Service) -> Json | None:
    """HTTP, or else TCP; registrator's other checks are not made here."""
    given = service.attributes
    where = f"{service.address}:{service.port}"
    if path := given.get("check_http"):
        check = {"HTTP": f"http://{where}{path}"}
    elif given.get("check_tcp"):
        check = {"TCP": where}
    else:
        return None
    if timeout := given.get("check_timeout"):
        check["Timeout"] = timeout
    return {**check, "Interval": given.get("check_interval") or "10s"}
