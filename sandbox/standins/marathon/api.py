"""Marathon's REST API, as the leader answers it."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.standins.common.ensemble import Lost
from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Answer, Refused, Request, reply
from sandbox.standins.marathon import apps, ids, views
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.scheduler import Scheduler

_READ_ONLY = frozenset({
    "version", "versionInfo", "tasks", "tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy",
    "deployments", "lastTaskFailure", "config", "scaled", "ports", "taskStats",
})  # fmt: skip
_Page = Callable[..., Answer]


class Api:
    """Answers what only the leader can."""

    def __init__(self, groups: Groups, scheduler: Scheduler) -> None:
        self._groups, self._scheduler = groups, scheduler
        id, task = "(?P<id>.+?)", "(?P<task>[^/]+)"
        self._routes: list[tuple[str, re.Pattern[str], _Page]] = [
            ("GET", re.compile("/v2/apps"), self._list),
            ("POST", re.compile("/v2/apps"), self._create),
            ("GET", re.compile(f"/v2/apps/{id}/tasks"), self._tasks_of),
            ("DELETE", re.compile(f"/v2/apps/{id}/tasks"), self._kill_all),
            ("DELETE", re.compile(f"/v2/apps/{id}/tasks/{task}"), self._kill_one),
            ("POST", re.compile(f"/v2/apps/{id}/restart"), self._restart),
            ("GET", re.compile(f"/v2/apps/{id}/versions"), self._versions),
            ("GET", re.compile(f"/v2/apps/{id}"), self._get),
            ("PUT", re.compile(f"/v2/apps/{id}"), self._put),
            ("PATCH", re.compile(f"/v2/apps/{id}"), self._put),
            ("DELETE", re.compile(f"/v2/apps/{id}"), self._delete),
            ("GET", re.compile("/v2/tasks"), self._tasks),
            ("POST", re.compile("/v2/tasks/delete"), self._kill_listed),
            ("GET", re.compile("/v2/deployments"), self._deployments),
            ("DELETE", re.compile(f"/v2/deployments/{id}"), self._cancel),
            ("GET", re.compile("/v2/queue"), self._queue),
        ]

    def __call__(self, request: Request) -> Answer:
        known = False
        for method, path, page in self._routes:
            if match := path.fullmatch(request.path):
                known = True
                if method == request.method:
                    with self._groups.lock:
                        try:
                            return page(request, **match.groupdict())
                        except Lost as error:
                            raise Refused(503, str(error)) from None
        raise Refused(405, "Method Not Allowed") if known else Refused(404, "Not Found")

    def _list(self, request: Request) -> Answer:
        wanted = request.query.get("id", "")
        found = [app for app in self._groups.apps.values() if wanted in app["id"]]
        for label in filter(None, request.query.get("label", "").split(",")):
            name, equals, value = label.partition("==")
            found = [app for app in found if name in app["labels"] and (not equals or app["labels"][name] == value)]
        whole = "apps.tasks" in request.target
        return reply({"apps": [views.app(self._groups, app, whole=whole) for app in found]})

    def _create(self, request: Request) -> Answer:
        definition = apps.normalise(_writable(request.json()))
        if definition["id"] in self._groups.apps:
            raise Refused(409, f"An app with id [{definition['id']}] already exists.")
        deployment = self._groups.change(definition, force=request.flag("force"))
        view = views.app(self._groups, self._groups.app(definition["id"]), whole=True)
        where = f"/v2/apps{definition['id']}"
        return reply(view, 201, Location=where, Marathon_Deployment_Id=deployment["id"])

    def _get(self, _request: Request, id: str) -> Answer:
        return reply({"app": views.app(self._groups, self._groups.app(_id(id)), whole=True)})

    def _put(self, request: Request, id: str) -> Answer:
        change = _writable(request.json())
        if not isinstance(change, dict):
            raise Refused(400, "Invalid JSON", details=[{"path": "", "errors": ["error.expected.jsobject"]}])
        before = self._groups.apps.get(_id(id))
        definition = apps.normalise({**_base(before, change), **change, "id": _id(id)})
        return self._deployed(self._groups.change(definition, force=request.flag("force")), before is None)

    def _delete(self, request: Request, id: str) -> Answer:
        return self._deployed(self._groups.remove(_id(id), force=request.flag("force")))

    def _restart(self, request: Request, id: str) -> Answer:
        app = self._groups.app(_id(id))
        return self._deployed(self._groups.change(dict(app), force=request.flag("force"), restart=True))

    def _versions(self, _request: Request, id: str) -> Answer:
        return reply({"versions": [self._groups.app(_id(id))["version"]]})

    def _tasks_of(self, _request: Request, id: str) -> Answer:
        app = self._groups.app(_id(id))
        return reply({"tasks": [views.task(app, instance) for instance in self._groups.of(app["id"])]})

    def _tasks(self, request: Request) -> Answer:
        instances = self._groups.instances.values()
        found = [views.task(self._groups.apps.get(each.kept["app"]), each) for each in instances]
        status = request.query.get("status")
        if status in ("running", "staging"):
            found = [task for task in found if task["state"] == f"TASK_{status.upper()}"]
        return reply({"tasks": found})

    def _kill_all(self, request: Request, id: str) -> Answer:
        app = self._groups.app(_id(id))
        host = request.query.get("host", "*")
        killed = [each.id for each in self._groups.of(app["id"]) if host in ("*", each.kept["hostname"])]
        return self._killed(killed, request)

    def _kill_one(self, request: Request, id: str, task: str) -> Answer:
        app = self._groups.app(_id(id))
        if task not in (instance.id for instance in self._groups.of(app["id"])):
            raise Refused(404, f"Task '{task}' does not exist")
        return self._killed([task], request)

    def _kill_listed(self, request: Request) -> Answer:
        listed = (request.json() or {}).get("ids", [])
        return self._killed([id for id in listed if id in self._groups.instances], request)

    def _killed(self, killed: list[str], request: Request) -> Answer:
        """With ?scale=true the apps shrink by as many; without it others take their place."""
        found = [self._groups.instances[id] for id in killed]
        tasks = [views.task(self._groups.apps.get(each.kept["app"]), each) for each in found]
        for id in killed:
            self._scheduler.kill(id)
        if not request.flag("scale"):
            return reply({"tasks": tasks})
        deployment: Json = {}
        for name in sorted({each.kept["app"] for each in found}):
            app = self._groups.app(name)
            left = max(0, int(app["instances"]) - sum(each.kept["app"] == name for each in found))
            deployment = self._groups.change({**app, "instances": left}, force=request.flag("force"))
        return self._deployed(deployment) if deployment else reply({"tasks": tasks})

    def _deployments(self, _request: Request) -> Answer:
        return reply([views.deployment(each) for each in self._groups.deployments.values()])

    def _cancel(self, request: Request, id: str) -> Answer:
        if not request.flag("force"):
            raise Refused(422, "this stand-in does not roll back: add ?force=true to end the deployment where it is")
        self._groups.cancel(id)
        return Answer(status=202)

    def _queue(self, _request: Request) -> Answer:
        return reply({"queue": views.queue(self._groups)})

    def _deployed(self, deployment: Json, created: bool = False) -> Answer:
        body = {"version": deployment["version"], "deploymentId": deployment["id"]}
        return reply(body, 201 if created else 200, Marathon_Deployment_Id=deployment["id"])


def _id(text: str) -> str:
    try:
        return ids.app_id(text)
    except ValueError as error:
        raise Refused(422, "Object is not valid", details=[{"path": "/id", "errors": [str(error)]}]) from None


def _writable(raw: Any) -> Any:
    """Without what only Marathon says, so that what GET gave can be put back. A list of ports stays."""
    if not isinstance(raw, dict):
        return raw
    read = _READ_ONLY if "versionInfo" in raw else _READ_ONLY - {"ports"}
    return {name: value for name, value in raw.items() if name not in read}


def _base(before: Json | None, change: Json) -> Json:
    """What a change goes on top of: an app's networks and ports go when the change names them in the old form."""
    base = dict(before or {})
    container = change.get("container") or {}
    if (container.get("docker") or {}).get("network"):
        base.pop("networks", None)
        base.pop("portDefinitions", None)
    if "networks" in change or "ports" in change:
        base.pop("portDefinitions", None)
    return base
