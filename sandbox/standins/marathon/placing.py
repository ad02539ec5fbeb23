"""Where an instance runs, with which ports, and the task that the agent gets."""

import random
from collections.abc import Sequence

from sandbox.standins.common.mesos import SCALARS, Json, without
from sandbox.standins.marathon.constraints import allowed
from sandbox.standins.marathon.instances import MESOS_CHECK


def choose(app: Json, agents: Sequence[Json], others: Sequence[Json]) -> tuple[Json, list[int]] | None:
    """An agent of the snapshot and its host ports, or None where nothing fits.

    `others`: hostname and attributes of the agents that the app's instances run on, one entry each. The
    agent with the fewest of them comes first, then the one with the most free processors.
    """
    hosts = [other["hostname"] for other in others]
    order = sorted(agents, key=lambda agent: (hosts.count(agent["hostname"]), -agent["free"]["cpus"]))
    for agent in order:
        fits = all(app.get(name, 0) <= agent["free"][name] for name in SCALARS)
        # Offers of an agent under maintenance are declined.
        if agent["connected"] and not agent["maintenance"] and fits and allowed(app["constraints"], agent, others):
            requested = [mapping["hostPort"] for mapping in app["container"]["portMappings"]]
            ports = _ports(requested, agent["free"]["ports"])
            if ports is not None:
                return agent, ports
    return None


def take(agent: Json, app: Json, ports: Sequence[int]) -> None:
    """Takes out of the agent's free resources what an instance uses."""
    free = agent["free"]
    for name in SCALARS:
        free[name] -= app.get(name, 0)
    free["ports"] = without(free["ports"], ports)


def _ports(requested: list[int], ranges: Sequence[Sequence[int]]) -> list[int] | None:
    """Host ports as requested, 0 for any; None where the ranges have too few."""
    fixed = {port for port in requested if port}
    if any(not any(first <= port <= last for first, last in ranges) for port in fixed):
        return None
    free = [port for first, last in ranges for port in range(first, last + 1) if port not in fixed]
    wanted = requested.count(0)
    if wanted > len(free):
        return None
    # By chance, as Marathon: a port that was just let go may still be held by a connection.
    chosen = random.sample(free, wanted)
    return [port or chosen.pop() for port in requested]


def task(app: Json, id: str, framework_id: str, ports: Sequence[int]) -> Json:
    """What goes to the agent (through the master)."""
    docker = app["container"]["docker"]
    return {
        "id": id,
        "name": app["id"],
        "framework_id": framework_id,
        **{name: app.get(name, 0) for name in SCALARS},
        "ports": list(ports),
        "image": docker["image"],
        "force_pull": bool(docker.get("forcePullImage")),
        "port_mappings": _mappings(app, ports),
        "cmd": app.get("cmd"),
        "args": app.get("args"),
        "env": environment(app, id, ports),
        "health": _health(app, ports),
    }


def _mappings(app: Json, ports: Sequence[int]) -> list[Json]:
    return [
        {"container_port": mapping["containerPort"] or port, "host_port": port, "protocol": mapping["protocol"],
         "name": mapping.get("name")}
        for mapping, port in zip(app["container"]["portMappings"], ports, strict=True)
    ]  # fmt: skip


def environment(app: Json, id: str, ports: Sequence[int]) -> dict[str, str]:
    """The app's own variables come last, and win."""
    labels = {_variable(name): value for name, value in app["labels"].items()}
    found = {
        "MARATHON_APP_ID": app["id"],
        "MARATHON_APP_VERSION": app["version"],
        "MARATHON_APP_DOCKER_IMAGE": app["container"]["docker"]["image"],
        "MARATHON_APP_LABELS": " ".join(labels),
        **{f"MARATHON_APP_LABEL_{name}": value for name, value in labels.items()},
        "MESOS_TASK_ID": id,
        "PORTS": ",".join(str(port) for port in ports),
    }
    if ports:
        found["PORT"] = str(ports[0])
    for i, mapping in enumerate(_mappings(app, ports)):
        names = [f"PORT{i}", f"PORT_{mapping['container_port']}"]
        if mapping["name"]:
            names.append(f"PORT_{mapping['name'].upper()}")
        found |= dict.fromkeys(names, str(mapping["host_port"]))
    return {**found, **app["env"]}


def _variable(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in name).upper()


def _health(app: Json, ports: Sequence[int]) -> Json | None:
    """The first of the checks that Mesos makes."""
    check = next((each for each in app["healthChecks"] if each["protocol"] == MESOS_CHECK), None)
    if check is None:
        return None
    return {
        "grace": check["gracePeriodSeconds"],
        "interval": check["intervalSeconds"],
        "timeout": check["timeoutSeconds"],
        "failures": check["maxConsecutiveFailures"],
        "delay": check.get("delaySeconds", 15),
        "path": check["path"],
        "port": check["port"] if "port" in check else _mappings(app, ports)[check["portIndex"]]["container_port"],
    }
