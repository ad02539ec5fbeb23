"""What the leader holds: apps and their instances, changed here and in the store together."""

import threading
import time
import uuid

from sandbox.standins.common.mesos import Json
from sandbox.standins.common.store import Store
from sandbox.standins.common.web import Refused
from sandbox.standins.marathon import ids
from sandbox.standins.marathon.instances import Instance, settled

_LOCKED = "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'."  # noqa: E501


class Groups:
    """Use it under `lock`. Changes raise Lost, and Refused for a request that can't be met."""

    def __init__(self, store: Store) -> None:
        """Loads what the leaders before left."""
        self.lock = threading.RLock()
        self.wake = threading.Event()
        self._store = store
        self.apps = {app["id"]: app for app in store.all("apps").values()}
        self.instances = {id: Instance(kept=kept) for id, kept in store.all("instances").items()}
        self.deployments = store.all("deployments")
        self.failures: dict[str, tuple[int, float]] = {}  # app -> failures in a row, time of the last
        self.last_failure: dict[str, Json] = {}

    def of(self, app: str) -> list[Instance]:
        return [instance for instance in self.instances.values() if instance.kept["app"] == app]

    def app(self, id: str) -> Json:
        """Raises Refused (404)."""
        if id not in self.apps:
            raise Refused(404, f"App '{id}' does not exist")
        return self.apps[id]

    def change(self, app: Json, *, force: bool) -> Json:
        """Puts a full definition in place. Returns its deployment."""
        before = self.apps.get(app["id"])
        self._unlock(app["id"], force)
        version = self._version()
        same = before is not None and _without_scale(before) == _without_scale(app)
        app = {**app, "version": version, "config": before["config"] if before and same else version}
        self._store.put("apps", ids.node_name(app["id"]), app)
        self.apps[app["id"]] = app
        self.failures.pop(app["id"], None)
        action = "StartApplication" if before is None else "ScaleApplication" if same else "RestartApplication"
        return self._deploy(app["id"], action, version)

    def remove(self, id: str, *, force: bool) -> Json:
        self.app(id)
        self._unlock(id, force)
        self._store.delete("apps", ids.node_name(id))
        del self.apps[id]
        self.failures.pop(id, None)
        self.last_failure.pop(id, None)
        return self._deploy(id, "StopApplication", self._version())

    def add(self, kept: Json) -> Instance:
        self._store.put("instances", kept["id"], kept)
        self.instances[kept["id"]] = Instance(kept=kept)
        return self.instances[kept["id"]]

    def drop(self, instance: Instance) -> None:
        self._store.delete("instances", instance.id)
        self.instances.pop(instance.id, None)

    def failed(self, app: str, why: Json, now: float) -> None:
        self.failures[app] = (self.failures.get(app, (0, 0.0))[0] + 1, now)
        self.last_failure[app] = why

    def finish(self) -> list[Json]:
        """Ends the deployments whose app is what it is to be. Returns them."""
        done = []
        for deployment in list(self.deployments.values()):
            app = self.apps.get(deployment["app"])
            instances = self.of(deployment["app"])
            if settled(app, instances) if app else not instances:
                self._end(deployment["id"])
                done.append(deployment)
        return done

    def _unlock(self, app: str, force: bool) -> None:
        locks = [each for each in self.deployments.values() if each["app"] == app]
        if locks and not force:
            raise Refused(409, _LOCKED, deployments=[{"id": each["id"]} for each in locks])
        for each in locks:
            self._end(each["id"])

    def _end(self, deployment: str) -> None:
        self._store.delete("deployments", deployment)
        del self.deployments[deployment]

    def _deploy(self, app: str, action: str, version: str) -> Json:
        deployment = {"id": str(uuid.uuid4()), "app": app, "action": action, "version": version}
        self._store.put("deployments", deployment["id"], deployment)
        self.deployments[deployment["id"]] = deployment
        self.wake.set()
        return deployment

    def _version(self) -> str:
        """The time, and never the same twice."""
        taken = {app["version"] for app in self.apps.values()}
        now = time.time()
        while ids.moment(now) in taken:
            now += 0.001
        return ids.moment(now)


def _without_scale(app: Json) -> Json:
    """The definition without what changes no container."""
    return {name: value for name, value in app.items() if name not in ("instances", "version", "config")}
