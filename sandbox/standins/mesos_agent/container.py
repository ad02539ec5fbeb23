"""From a task to the body of docker's call, as Mesos' docker containerizer makes it."""

from sandbox.standins.common.mesos import Json

_LEAST_MEMORY = 32  # MB: Mesos' own floor
_LEAST_SHARES = 10


def container_name(container_id: str) -> str:
    return f"mesos-{container_id}"


def container(task: Json, *, hostname: str, sandbox: str, seen_as: str) -> Json:
    """The body of docker's create call. `sandbox`: this run's folder on the host, `seen_as` in the container."""
    environment = {
        **task.get("env", {}),
        "HOST": hostname,
        "MESOS_TASK_ID": task["id"],
        "MESOS_SANDBOX": seen_as,
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
            "NetworkMode": "bridge",
            "PortBindings": {_port(each): [{"HostPort": str(each["host_port"])}] for each in mappings},
            "Binds": [f"{sandbox}:{seen_as}"],
        },
    }
    if task.get("cmd"):
        config |= {"Entrypoint": ["/bin/sh"], "Cmd": ["-c", task["cmd"]]}
    elif task.get("args"):
        config["Cmd"] = list(task["args"])
    return config


def _port(mapping: Json) -> str:
    return f"{mapping['container_port']}/{mapping.get('protocol') or 'tcp'}"
