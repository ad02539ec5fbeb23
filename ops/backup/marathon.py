"""Marathon's apps: read and put back as one tree of groups, by Marathon's own API."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from ops.remote.errors import OperatorError
from ops.remote.waiting import Timeouts

_GROUPS = "/v2/groups"
_GROUP = ("id", "dependencies", "enforceRole")
"""What a group has of its own and accepts."""
_ADDED = frozenset({
    "version", "versionInfo", "tasks", "tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy", "taskStats",
    "deployments", "lastTaskFailure", "readinessCheckResults",
})  # fmt: skip
"""What Marathon adds to an app when it is read, and refuses or ignores when it is written."""


async def export(http: httpx.AsyncClient) -> dict[str, Any]:
    """The root group with all apps, as `restore` takes it, and under `pods` the pods' ids, which it does not take."""
    answer = await http.get(_GROUPS)
    if answer.status_code != httpx.codes.OK:
        raise OperatorError(f"Marathon does not list its apps: {answer.status_code} {answer.text}")
    return definition(answer.json())


def definition(group: Mapping[str, Any]) -> dict[str, Any]:
    """A tree as Marathon answers, without what it adds."""
    return {
        **{name: group[name] for name in _GROUP if group.get(name)},
        "apps": [{name: value for name, value in app.items() if name not in _ADDED} for app in group.get("apps", [])],
        "groups": [definition(child) for child in group.get("groups", [])],
        "pods": [pod["id"] for pod in group.get("pods", [])],
    }


def listed(group: Mapping[str, Any], kind: str) -> Iterator[str]:
    """The ids of all apps (or pods) of a tree."""
    for each in group[kind]:
        yield each if isinstance(each, str) else each["id"]
    for child in group["groups"]:
        yield from listed(child, kind)


async def check(http: httpx.AsyncClient, group: Mapping[str, Any]) -> None:
    """Raises OperatorError if there are apps that the backup does not have, because a restore would end them."""
    if others := set(listed(await export(http), "apps")) - set(listed(group, "apps")):
        raise OperatorError(
            f"Marathon runs {', '.join(sorted(others))}, which the backup does not have and which its restore would "
            "end: remove them first (DELETE /v2/apps/ID at Marathon)"
        )


async def restore(http: httpx.AsyncClient, group: Mapping[str, Any], timeouts: Timeouts) -> str:
    """Puts the tree in place of what is there. Returns the apps that have not started in time, empty if all have."""
    answer = await http.put(_GROUPS, params={"force": "true"}, json=writable(group))
    if not answer.is_success:
        raise OperatorError(f"Marathon refuses the apps of the backup: {answer.status_code} {answer.text}")
    return await _started(http, timeouts)


def writable(group: Mapping[str, Any]) -> dict[str, Any]:
    """The tree of `definition` as Marathon accepts it: it takes no pods."""
    own = {name: value for name, value in group.items() if name != "pods"}
    return {**own, "groups": [writable(child) for child in group["groups"]]}


async def _started(http: httpx.AsyncClient, timeouts: Timeouts) -> str:
    """The apps that are still being deployed when the time is up."""

    async def deploying() -> list[str]:
        answer = (await http.get("/v2/deployments")).raise_for_status().json()
        return sorted({app for deployment in answer for app in deployment["affectedApps"]})

    try:
        await timeouts.until(deploying, lambda apps: not apps, "no deployment", seconds=timeouts.deployed)
    except OperatorError:
        return ", ".join(await deploying())
    return ""
