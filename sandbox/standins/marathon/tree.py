"""The tree of groups that users read and write: Marathon's root group, made of the ids of the apps."""

from collections.abc import Iterator
from typing import Any

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Refused
from sandbox.standins.marathon.ids import moment

_OF_GROUPS = frozenset({"id", "apps", "groups", "dependencies", "version"})


def grown(apps: list[Json], now: float) -> Json:
    """The root group with all apps, each in the group of its id."""
    groups = {"/": _group("/", now)}
    for app in apps:
        _parent(app["id"], groups, now)["apps"].append(app)
    return groups["/"]


def _parent(id: str, groups: dict[str, Json], now: float) -> Json:
    """The group that a path is in, made with those above it where they are missing."""
    path = id.rpartition("/")[0] or "/"
    if path not in groups:
        groups[path] = _group(path, now)
        _parent(path, groups, now)["groups"].append(groups[path])
    return groups[path]


def _group(id: str, now: float) -> Json:
    return {"id": id, "apps": [], "groups": [], "pods": [], "dependencies": [], "version": moment(now)}


def apps_of(group: Any) -> Iterator[Json]:
    """All definitions of a tree as users write it. Raises Refused."""
    if not isinstance(group, dict):
        raise Refused(400, "Invalid JSON", details=[{"path": "", "errors": ["error.expected.jsobject"]}])
    for name in group.keys() - _OF_GROUPS:
        raise Refused(
            422, "Object is not valid", details=[{"path": f"/{name}", "errors": [f"this stand-in has no {name}"]}]
        )
    if group.get("dependencies"):
        raise Refused(501, "this stand-in has no dependencies of groups")
    yield from group.get("apps", [])
    for child in group.get("groups", []):
        yield from apps_of(child)
