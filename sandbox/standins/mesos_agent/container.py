"""From a task to what docker is asked for, as Mesos' docker containerizer does it."""

from collections.abc import Callable
from typing import Any

from sandbox.standins.common.mesos import Json

_LEAST_MEMORY = 32  # MB: Mesos' own floor
_LEAST_SHARES = 10


class Unserved(Exception):  # noqa: N818
    """The task asks for something that is not there; the text says what."""


def container_name(container_id: str) -> str:
    return f"mesos-{container_id}"


def container(task: Json, *, hostname: str, sandbox: str, sandbox_directory: str) -> Json:
    """The body of docker's create call. `sandbox`: this run's folder on the host. Raises Unserved."""
    environment = {
        **task.get("env", {}),
        "HOST": hostname,
        "MESOS_TASK_ID": task["id"],
        "MESOS_SANDBOX": sandbox_directory,
        "MESOS_CONTAINER_NAME": container_name(task["container_id"]),
    }
    mappings = task.get("port_mappings") or []
    config: Json = {
        "Image": task["image"],
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": {"MESOS_TASK_ID": task["id"]},
        "ExposedPorts": {_port(mapping): {} for mapping in mappings},
        "HostConfig": {
            "CpuShares": max(int(task["cpus"] * 1024), _LEAST_SHARES),
            "Memory": max(int(task["mem"]), _LEAST_MEMORY) << 20,
            "NetworkMode": task.get("network") or "host",
            "PortBindings": {_port(each): [{"HostPort": str(each["host_port"])}] for each in mappings},
            "Privileged": bool(task.get("privileged")),
            "Binds": [_bind(volume) for volume in task.get("volumes", [])] + [f"{sandbox}:{sandbox_directory}"],
        },
    }
    if task.get("cmd"):
        config |= {"Entrypoint": ["/bin/sh"], "Cmd": ["-c", task["cmd"]]}
    elif task.get("args"):
        config["Cmd"] = list(task["args"])
    for parameter in task.get("parameters", []):
        _apply(config, parameter["key"], str(parameter["value"]))
    return config


def _port(mapping: Json) -> str:
    return f"{mapping['container_port']}/{mapping.get('protocol') or 'tcp'}"


def _bind(volume: Json) -> str:
    return f"{volume['host_path']}:{volume['container_path']}:{volume.get('mode', 'RO').lower()}"


def _apply(config: Json, key: str, value: str) -> None:
    """A parameter is a flag of `docker run`. Raises Unserved."""
    key = {"l": "label", "e": "env", "v": "volume", "h": "hostname", "u": "user", "w": "workdir"}.get(key, key)
    if key not in _PARAMETERS:
        raise Unserved(f"docker parameter {key!r}: this stand-in has only {', '.join(sorted(_PARAMETERS))}")
    _PARAMETERS[key](config, value)


def _appends(*path: str) -> Callable[[Json, str], None]:
    def apply(config: Json, value: str) -> None:
        place, last = _place(config, path)
        place[last] = [*(place.get(last) or []), value]

    return apply


def _sets(*path: str, as_type: Callable[[str], Any] = str) -> Callable[[Json, str], None]:
    def apply(config: Json, value: str) -> None:
        place, last = _place(config, path)
        place[last] = as_type(value)

    return apply


def _adds(*path: str) -> Callable[[Json, str], None]:
    """`name=value` into an object."""

    def apply(config: Json, value: str) -> None:
        place, last = _place(config, path)
        name, _, text = value.partition("=")
        place[last] = {**(place.get(last) or {}), name: text}

    return apply


def _place(config: Json, path: tuple[str, ...]) -> tuple[Json, str]:
    for name in path[:-1]:
        config = config.setdefault(name, {})
    return config, path[-1]


def _expose(config: Json, value: str) -> None:
    config["ExposedPorts"][value if "/" in value else f"{value}/tcp"] = {}


def _ulimit(config: Json, value: str) -> None:
    name, _, limits = value.partition("=")
    soft, _, hard = limits.partition(":")
    limit = {"Name": name, "Soft": int(soft), "Hard": int(hard or soft)}
    config["HostConfig"].setdefault("Ulimits", []).append(limit)


def _true(value: str) -> bool:
    return value.lower() in ("true", "1", "")


_PARAMETERS: dict[str, Callable[[Json, str], None]] = {
    "add-host": _appends("HostConfig", "ExtraHosts"),
    "cap-add": _appends("HostConfig", "CapAdd"),
    "cap-drop": _appends("HostConfig", "CapDrop"),
    "dns": _appends("HostConfig", "Dns"),
    "dns-search": _appends("HostConfig", "DnsSearch"),
    "entrypoint": lambda config, value: config.update(Entrypoint=[value]),
    "env": _appends("Env"),
    "expose": _expose,
    "hostname": _sets("Hostname"),
    "init": _sets("HostConfig", "Init", as_type=_true),
    "ipc": _sets("HostConfig", "IpcMode"),
    "label": _adds("Labels"),
    "log-driver": _sets("HostConfig", "LogConfig", "Type"),
    "log-opt": _adds("HostConfig", "LogConfig", "Config"),
    "pid": _sets("HostConfig", "PidMode"),
    "read-only": _sets("HostConfig", "ReadonlyRootfs", as_type=_true),
    "security-opt": _appends("HostConfig", "SecurityOpt"),
    "sysctl": _adds("HostConfig", "Sysctls"),
    "tmpfs": _adds("HostConfig", "Tmpfs"),
    "ulimit": _ulimit,
    "user": _sets("User"),
    "volume": _appends("HostConfig", "Binds"),
    "workdir": _sets("WorkingDir"),
}
