"""An app's definition: checked, and brought from any of the forms that users write to one."""

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Refused
from sandbox.standins.marathon import constraints, ids
from sandbox.standins.marathon.instances import MESOS_CHECK
from sandbox.standins.marathon.networks import networks_of, port_mappings

_DEFAULTS: Json = {
    "instances": 1, "cpus": 1, "mem": 128, "disk": 0, "backoffSeconds": 1, "backoffFactor": 1.15,
    "maxLaunchDelaySeconds": 300,
}  # fmt: skip
_CHECK_DEFAULTS: Json = {
    "gracePeriodSeconds": 300, "intervalSeconds": 60, "timeoutSeconds": 20, "maxConsecutiveFailures": 3, "path": "/",
}  # fmt: skip
_SERVED = frozenset({
    "id", "cmd", "args", "container", "networks", "env", "labels", "constraints", "healthChecks", "upgradeStrategy",
    "taskKillGracePeriodSeconds", *_DEFAULTS,
})  # fmt: skip
_DOCKER = frozenset({"image", "forcePullImage", "network", "portMappings"})
_PROTOCOLS = ("HTTP", MESOS_CHECK)


class Problems:
    """Collects what is wrong, by path, in Marathon's form."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def add(self, path: str, error: str) -> None:
        self._found.setdefault(path, []).append(error)

    def refuse(self) -> None:
        """Raises Refused (422) when there is anything."""
        if self._found:
            details = [{"path": path, "errors": errors} for path, errors in self._found.items()]
            raise Refused(422, "Object is not valid", details=details)


def normalise(raw: Json) -> Json:
    """The full definition. Raises Refused (422, with details)."""
    problems = Problems()
    app: Json = {**_DEFAULTS, **{name: value for name, value in raw.items() if value is not None}}
    try:
        app["id"] = ids.app_id(str(app.get("id", "")))
    except ValueError as error:
        problems.add("/id", str(error))
    for name in app.keys() - _SERVED:
        if app.pop(name):
            problems.add(f"/{name}", f"this stand-in has no {name}")
    _numbers(app, problems)
    problems.refuse()
    app["container"] = _container(app, problems)
    problems.refuse()
    app["networks"] = networks_of(app, problems)
    problems.refuse()
    app["container"]["portMappings"] = port_mappings(app, problems)
    app["constraints"] = _constraints(app, problems)
    app["env"] = _texts(app, "env", problems)
    app["labels"] = _texts(app, "labels", problems)
    app["upgradeStrategy"] = _strategy(app, problems)
    app["healthChecks"] = [_check(app, i, check, problems) for i, check in enumerate(app.get("healthChecks", []))]
    problems.refuse()
    return app


def _numbers(app: Json, problems: Problems) -> None:
    for name in ("instances", "cpus", "mem", "disk", "backoffSeconds", "backoffFactor", "maxLaunchDelaySeconds"):
        value = app[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.add(f"/{name}", "error.expected.jsnumber")
        elif value < 0:
            problems.add(f"/{name}", "error.min")
        elif name == "instances" and value != int(value):
            problems.add(f"/{name}", "error.expected.jsnumber")


def _container(app: Json, problems: Problems) -> Json:
    container = app.get("container")
    if not isinstance(container, dict) or not isinstance(container.get("docker"), dict):
        problems.add("/container", "this stand-in runs docker containers only: container.docker.image is needed")
        return {}
    if container.get("type", "DOCKER") != "DOCKER":
        problems.add("/container/type", "this stand-in runs containers of type DOCKER only")
    docker = container["docker"]
    if not docker.get("image") or not isinstance(docker["image"], str):
        problems.add("/container/docker/image", "must not be empty")
    if container.get("volumes"):
        problems.add("/container/volumes", "this stand-in has no volumes")
    for name in docker.keys() - _DOCKER:
        if docker[name]:
            problems.add(f"/container/docker/{name}", f"this stand-in has no docker {name}")
    return {"type": "DOCKER", **container, "docker": dict(docker)}


def _constraints(app: Json, problems: Problems) -> list[list[str]]:
    found = app.get("constraints", [])
    for i, constraint in enumerate(found):
        if error := constraints.wrong(constraint):
            problems.add(f"/constraints({i})", error)
    return list(found)


def _texts(app: Json, name: str, problems: Problems) -> dict[str, str]:
    found = app.get(name, {})
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        problems.add(f"/{name}", "error.expected.jsstring")
        return {}
    return dict(found)


def _strategy(app: Json, problems: Problems) -> Json:
    strategy = {"minimumHealthCapacity": 1, "maximumOverCapacity": 1, **app.get("upgradeStrategy", {})}
    for name in ("minimumHealthCapacity", "maximumOverCapacity"):
        value = strategy[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            problems.add(f"/upgradeStrategy/{name}", "must be between 0.0 and 1.0")
    return strategy


def _check(app: Json, index: int, raw: Json, problems: Problems) -> Json:
    path = f"/healthChecks({index})"
    check = {
        "protocol": "HTTP",
        **_CHECK_DEFAULTS,
        **{name: value for name, value in raw.items() if value is not None},
    }
    if check["protocol"] not in _PROTOCOLS:
        problems.add(f"{path}/protocol", f"this stand-in has no {check['protocol']} checks: it has {_PROTOCOLS}")
    if "port" not in check:
        check.setdefault("portIndex", 0)
        if not 0 <= check["portIndex"] < len(app["container"]["portMappings"]):
            problems.add(
                path,
                "Health check port indices must address an element of the ports array or container port mappings.",
            )
    return check
