"""Marathon's REST API, as the leader answers it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import bottle

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Answer, Refused, body, reply
from sandbox.standins.marathon import apps, ids, tree, views
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.scheduler import Scheduler

_READ_ONLY = frozenset({
    "version", "versionInfo", "tasks", "tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy",
    "deployments", "lastTaskFailure", *views.OWN,
})  # fmt: skip


class Api:
    """What only the leader can answer; each call answers the request at hand."""

    def __init__(self, groups: Groups, scheduler: Scheduler) -> None:
        self._groups, self._scheduler = groups, scheduler

    @property
    def framework(self) -> str:
        return self._scheduler.framework

    def call(self, page: Callable[..., Any], words: Mapping[str, str]) -> Any:
        """The answer of one of ROUTES' functions. Raises Refused or Lost."""
        for name, value in bottle.request.query.items():
            if name != "force" and value.lower() != "false":
                raise Refused(501, f"this stand-in has no ?{name}={value}")
        with self._groups.lock:
            return page(self, **words)

    def list(self) -> Json:
        return {"apps": [views.app(self._groups, app) for app in self._groups.apps.values()]}

    def create(self) -> Answer:
        definition = apps.normalise(_writable(body()))
        if definition["id"] in self._groups.apps:
            raise Refused(409, f"An app with id [{definition['id']}] already exists.")
        deployment = self._groups.change(definition, force=_forced())
        view = views.app(self._groups, self._groups.app(definition["id"]), whole=True)
        where = f"/v2/apps{definition['id']}"
        return reply(view, 201, Location=where, Marathon_Deployment_Id=deployment["id"])

    def get(self, id: str) -> Json:
        return {"app": views.app(self._groups, self._groups.app(_id(id)), whole=True)}

    def put(self, id: str) -> Answer:
        change = _writable(body())
        before = self._groups.apps.get(_id(id))
        base = {name: value for name, value in (before or {}).items() if name not in _READ_ONLY}
        definition = apps.normalise({**base, **change, "id": _id(id)})
        return _deployed(self._groups.change(definition, force=_forced()), created=before is None)

    def delete(self, id: str) -> Answer:
        return _deployed(self._groups.remove(_id(id), force=_forced()))

    def groups(self) -> Json:
        return tree.grown(self.list()["apps"], time.time())

    def put_groups(self) -> Answer:
        """In place of all apps: those that the tree does not have end. Real Marathon makes one deployment of it."""
        definitions = [apps.normalise(_writable(app)) for app in tree.apps_of(body())]
        kept = {definition["id"] for definition in definitions}
        changes = [self._groups.remove(id, force=_forced()) for id in [*self._groups.apps] if id not in kept]
        changes += [self._groups.change(definition, force=_forced()) for definition in definitions]
        return _deployed(changes[-1]) if changes else reply({"version": ids.moment(time.time()), "deploymentId": ""})

    def versions(self, id: str) -> Json:
        return {"versions": [self._groups.app(_id(id))["version"]]}

    def tasks_of(self, id: str) -> Json:
        app = self._groups.app(_id(id))
        return {"tasks": [views.task(instance) for instance in self._groups.of(app["id"])]}

    def tasks(self) -> Json:
        return {"tasks": [views.task(instance) for instance in self._groups.instances.values()]}

    def kill(self, id: str, task: str) -> Json:
        """Another instance takes the place of the killed one."""
        app = self._groups.app(_id(id))
        found = next((instance for instance in self._groups.of(app["id"]) if instance.id == task), None)
        if found is None:
            raise Refused(404, f"Task '{task}' does not exist")
        view = views.task(found)
        self._scheduler.kill(task)
        return {"task": view}

    def deployments(self) -> Answer:
        return reply([views.deployment(each) for each in self._groups.deployments.values()])


ROUTES: Mapping[str, Callable[..., Any]] = {
    "GET /v2/apps": Api.list,
    "POST /v2/apps": Api.create,
    "GET /v2/apps/<id:path>/tasks": Api.tasks_of,
    "DELETE /v2/apps/<id:path>/tasks/<task>": Api.kill,
    "GET /v2/apps/<id:path>/versions": Api.versions,
    "GET /v2/apps/<id:path>": Api.get,
    "PUT /v2/apps/<id:path>": Api.put,
    "DELETE /v2/apps/<id:path>": Api.delete,
    "GET /v2/groups": Api.groups,
    "PUT /v2/groups": Api.put_groups,
    "GET /v2/tasks": Api.tasks,
    "GET /v2/deployments": Api.deployments,
}
"""In the order in which they are tried."""


def _forced() -> bool:
    return str(bottle.request.query.force).lower() == "true"


def _deployed(deployment: Json, *, created: bool = False) -> Answer:
    answer = {"version": deployment["version"], "deploymentId": deployment["id"]}
    return reply(answer, 201 if created else 200, Marathon_Deployment_Id=deployment["id"])


def _id(text: str) -> str:
    try:
        return ids.app_id(text)
    except ValueError as error:
        raise Refused(422, "Object is not valid", details=[{"path": "/id", "errors": [str(error)]}]) from None


def _writable(raw: Any) -> Json:
    """Without what Marathon adds, so that an answer to GET can be put back. Raises Refused (400: not an object)."""
    if not isinstance(raw, dict):
        raise Refused(400, "Invalid JSON", details=[{"path": "", "errors": ["error.expected.jsobject"]}])
    return {name: value for name, value in raw.items() if name not in _READ_ONLY}
