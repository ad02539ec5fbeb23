"""Where an instance runs, with which ports, and the task that the agent gets."""

import random
from collections.abc import Sequence

from sandbox.standins.common.mesos import SCALARS, Json
from sandbox.standins.marathon.constraints import allowed
from sandbox.standins.marathon.instances import MESOS_CHECKS
from sandbox.standins.marathon.networks import BRIDGE, CONTAINER, HOST, mode


def choose(app: Json, agents: Sequence[Json], others: Sequence[Json]) -> tuple[Json, list[int]] | None:
    """An agent of the snapshot and its host ports, or None where nothing fits.

    `others`: hostname and attributes of the agents that the app's instances run on, one entry each. The
    agent with the fewest of them comes first, then the one with the most free processors.
    """
    hosts = [other["hostname"] for other in others]
    order = sorted(agents, key=lambda agent: (hosts.count(agent["hostname"]), -agent["free"]["cpus"]))
    for agent in order:
        usable = agent["connected"] and agent["mode"] == "UP"
        fits = all(app.get(name, 0) <= agent["free"][name] for name in SCALARS)
        if usable and fits and allowed(app["constraints"], agent, others):
            ports = _ports(_asked(app), agent["free"]["ports"])
            if ports is not None:
                return agent, ports
    return None


def take(agent: Json, app: Json, ports: Sequence[int]) -> None:
    """Takes out of the agent's free resources what an instance uses."""
    free = agent["free"]
    for name in SCALARS:
        free[name] -= app.get(name, 0)
    free["ports"] = [
        part
        for first, last in free["ports"]
        for part in _split(first, last, sorted(port for port in ports if first <= port <= last))
    ]


def _asked(app: Json) -> list[int]:
    """Host ports, 0 for any."""
    if mode(app) == HOST:
        fixed = app["requirePorts"]
        return [definition["port"] if fixed else 0 for definition in app["portDefinitions"]]
    mappings = app["container"]["portMappings"]
    return [mapping["hostPort"] for mapping in mappings if mapping.get("hostPort") is not None]


def _ports(asked: list[int], ranges: Sequence[Sequence[int]]) -> list[int] | None:
    fixed = {port for port in asked if port}
    if any(not any(first <= port <= last for first, last in ranges) for port in fixed):
        return None
    free = [port for first, last in ranges for port in range(first, last + 1) if port not in fixed]
    wanted = asked.count(0)
    if wanted > len(free):
        return None
    # By chance, as Marathon: a port that was just let go may still be held by a connection.
    chosen = random.sample(free, wanted)
    return [port or chosen.pop() for port in asked]


def _split(first: int, last: int, used: Sequence[int]) -> list[list[int]]:
    parts, start = [], first
    for port in used:
        if port > start:
            parts.append([start, port - 1])
        start = port + 1
    return [*parts, [start, last]] if start <= last else parts


def task(app: Json, id: str, framework_id: str, ports: Sequence[int]) -> Json:
    """What goes to the agent (through the master)."""
    mappings = _mappings(app, list(ports))
    container = app["container"]
    docker = container["docker"]
    networks = {HOST: "host", BRIDGE: "bridge", "none": "none"}
    return {
        "id": id,
        "name": app["id"],
        "framework_id": framework_id,
        **{name: app.get(name, 0) for name in SCALARS},
        "ports": list(ports),
        "image": docker["image"],
        "force_pull": bool(docker.get("forcePullImage")),
        "privileged": bool(docker.get("privileged")),
        "parameters": docker.get("parameters", []),
        "network": app["networks"][0]["name"] if mode(app) == CONTAINER else networks[mode(app)],
        "port_mappings": [mapping for mapping in mappings if mapping["host_port"] is not None],
        "volumes": [
            {"host_path": v["hostPath"], "container_path": v["containerPath"], "mode": v.get("mode", "RO")}
            for v in container["volumes"]
        ],
        "cmd": app.get("cmd"),
        "args": app.get("args"),
        "env": environment(app, id, ports),
        "health": _health(app, ports),
    }


def _mappings(app: Json, ports: list[int]) -> list[Json]:
    mappings = []
    for mapping in app["container"]["portMappings"]:
        host_port = ports.pop(0) if mapping.get("hostPort") is not None else None
        container_port = mapping["containerPort"] or host_port or 0
        mappings.append(
            {"container_port": container_port, "host_port": host_port, "protocol": mapping["protocol"],
             "name": mapping.get("name")}
        )  # fmt: skip
    return mappings


def environment(app: Json, id: str, ports: Sequence[int]) -> dict[str, str]:
    """The app's own variables come last, and win."""
    labels = {_variable(name): value for name, value in app["labels"].items()}
    found = {
        "MARATHON_APP_ID": app["id"],
        "MARATHON_APP_VERSION": app["version"],
        "MARATHON_APP_DOCKER_IMAGE": app["container"]["docker"]["image"],
        "MARATHON_APP_RESOURCE_CPUS": str(float(app["cpus"])),
        "MARATHON_APP_RESOURCE_MEM": str(float(app["mem"])),
        "MARATHON_APP_RESOURCE_DISK": str(float(app["disk"])),
        "MARATHON_APP_RESOURCE_GPUS": str(app["gpus"]),
        "MARATHON_APP_LABELS": " ".join(labels),
        **{f"MARATHON_APP_LABEL_{name}": value for name, value in labels.items()},
        "MESOS_TASK_ID": id,
        "PORTS": ",".join(str(port) for port in ports),
    }
    if ports:
        found["PORT"] = str(ports[0])
    if mode(app) == HOST:
        asked = [
            (each["port"], each.get("name"), port) for each, port in zip(app["portDefinitions"], ports, strict=True)
        ]
    else:
        asked = [
            (each["container_port"], each["name"], each["host_port"] or each["container_port"])
            for each in _mappings(app, list(ports))
        ]
    for i, (port, name, effective) in enumerate(asked):
        found[f"PORT{i}"] = found[f"PORT_{port or effective}"] = str(effective)
        if name:
            found[f"PORT_{name.upper()}"] = str(effective)
    return {**found, **app["env"]}


def _variable(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in name).upper()


def _health(app: Json, ports: Sequence[int]) -> Json | None:
    """The first of the checks that Mesos makes."""
    check = next((each for each in app["healthChecks"] if each["protocol"] in MESOS_CHECKS), None)
    if check is None:
        return None
    found: Json = {
        "protocol": check["protocol"],
        "grace": check["gracePeriodSeconds"],
        "interval": check["intervalSeconds"],
        "timeout": check["timeoutSeconds"],
        "failures": check["maxConsecutiveFailures"],
        "delay": check.get("delaySeconds", 15),
    }
    if check["protocol"] == "COMMAND":
        return {**found, "command": check["command"]["value"]}
    if (port := check.get("port")) is None:
        mappings = _mappings(app, list(ports))
        port = mappings[check["portIndex"]]["container_port"] if mappings else ports[check["portIndex"]]
    return {**found, "path": check["path"], "port": port}
