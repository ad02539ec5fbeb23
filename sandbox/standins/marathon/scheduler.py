"""The leader's loop: once a second it compares what runs with the definitions, and starts and stops instances."""

import threading
import time
import uuid
from collections.abc import Callable

from sandbox.standins.common.ensemble import Lost
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import TERMINAL, Json
from sandbox.standins.common.store import Store
from sandbox.standins.marathon import ids, placing
from sandbox.standins.marathon.checks import Checker
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.instances import Instance, delay, plan
from sandbox.standins.marathon.master import LeadingMaster, MasterRefused

_PAUSE = 1.0  # seconds between two looks
_STEADY = 30.0  # seconds after which a running instance ends the back-off
_UNSEEN = 10.0  # seconds that a launched task may be missing from its agent's report
_GRACE = 3.0  # Marathon's default of taskKillGracePeriodSeconds


class Scheduler:
    """`groups` and `store` hold the state; `clock` returns seconds of the epoch."""

    def __init__(
        self, groups: Groups, store: Store, master: LeadingMaster, clock: Callable[[], float] = time.time
    ) -> None:
        self._groups, self._master, self._clock = groups, master, clock
        self._checker = Checker()
        self.framework = _framework(store)
        self._logged = ""
        self._waiting: dict[str, str] = {}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._groups.wake.clear()
            try:
                self.look()
                self._logged = ""
            except (MasterRefused, Lost) as error:
                if str(error) != self._logged:
                    log(f"W {error}")
                self._logged = str(error)
            self._groups.wake.wait(_PAUSE)

    def look(self) -> None:
        """Once. Raises MasterRefused or Lost."""
        snapshot = self._master.snapshot()
        if not snapshot["recovered"]:
            return
        with self._groups.lock:
            agents = snapshot["agents"]
            self._learn(agents)
            self._check()
            for app in list(self._groups.apps.values()):
                self._bring(app, agents)
            for instance in list(self._groups.instances.values()):
                if instance.kept["app"] not in self._groups.apps and not instance.killing:
                    self._kill(instance)
            for deployment in self._groups.finish():
                log(f"I Deployment {deployment['id']} of {deployment['app']} has finished")

    def _learn(self, agents: list[Json]) -> None:
        """Follows the reports of the agents; instances of a lost agent are given up, unknown tasks are killed."""
        by_id = {agent["id"]: agent for agent in agents}
        for instance in list(self._groups.instances.values()):
            self._follow(instance, by_id.get(instance.kept["agent_id"]))
        for agent in agents:
            for task in agent["tasks"]:
                ours = task["framework_id"] == self.framework and task["state"] not in TERMINAL
                if ours and task["id"] not in self._groups.instances and not task.get("killed"):
                    log(f"I Killing the unknown task {task['id']} on {agent['hostname']}")
                    self._order_kill(task["id"], _GRACE)

    def _follow(self, instance: Instance, agent: Json | None) -> None:
        if agent is not None and agent["reachable"] and not agent["here"]:
            return None  # it has not reported to a new master yet
        if agent is None or not agent["reachable"]:
            return self._end(instance, "TASK_UNREACHABLE", "its agent is lost")
        task = next((task for task in agent["tasks"] if task["id"] == instance.id), None)
        if task is None:
            if self._clock() - instance.kept["launched"] > _UNSEEN:
                self._end(instance, "TASK_LOST", "its agent does not know it")
            return None
        if task["state"] in TERMINAL:
            return self._end(instance, task["state"], task.get("message", ""))
        instance.state, instance.address = task["state"], task.get("address", "")
        instance.mesos_healthy = task.get("healthy")
        if instance.state == "TASK_RUNNING" and instance.started is None:
            instance.started = task.get("changed", self._clock())
        return None

    def _end(self, instance: Instance, state: str, message: str) -> None:
        app = instance.kept["app"]
        log(f"I Task {instance.id} ended: {state} {message}".rstrip())
        self._groups.drop(instance)
        if not instance.killing and app in self._groups.apps:
            now = self._clock()
            self._groups.failed(app, _failure(instance, state, message, now), now)

    def _check(self) -> None:
        for id in self._checker.failed:
            if (instance := self._groups.instances.get(id)) and not instance.killing:
                log(f"W Killing {id}: its health check failed too often")
                now = self._clock()
                why = _failure(instance, "TASK_KILLED", "health check failed", now)
                self._groups.failed(instance.kept["app"], why, now)
                self._kill(instance)
        self._checker.failed.clear()
        for instance in self._groups.instances.values():
            if app := self._groups.apps.get(instance.kept["app"]):
                self._checker.due(app, instance, self._clock())

    def _bring(self, app: Json, agents: list[Json]) -> None:
        instances = self._groups.of(app["id"])
        decided = plan(app, instances)
        for instance in decided.kill:
            self._kill(instance)
        self._calm(app, instances)
        failures, last = self._groups.failures.get(app["id"], (0, 0.0))
        if self._clock() < last + delay(app, failures):
            return
        for _ in range(decided.launch):
            if not self._launch(app, agents):
                return

    def _calm(self, app: Json, instances: list[Instance]) -> None:
        now = self._clock()
        if any(each.ready(app) and each.started and now - each.started > _STEADY for each in instances):
            failed = self._groups.failures.get(app["id"])
            if failed and now - failed[1] > _STEADY:
                del self._groups.failures[app["id"]]

    def _launch(self, app: Json, agents: list[Json]) -> bool:
        others = [instance.kept for instance in self._groups.of(app["id"])]
        chosen = placing.choose(app, agents, others)
        if chosen is None:
            self._wait(app, "no agent has the resources that it requests, or its constraints allow none")
            return False
        agent, ports = chosen
        id = ids.task_id(app["id"])
        kept = {
            "id": id, "app": app["id"], "config": app["config"], "version": app["version"],
            "agent_id": agent["id"], "hostname": agent["hostname"], "ip": agent["ip"],
            "attributes": agent["attributes"], "ports": ports, "launched": self._clock(),
        }  # fmt: skip
        instance = self._groups.add(kept)  # first, so that the next leader has it
        try:
            self._master.launch(agent["id"], placing.task(app, id, self.framework, ports))
        except MasterRefused as error:
            self._groups.drop(instance)
            self._wait(app, str(error))
            return False
        placing.take(agent, app, ports)
        self._waiting.pop(app["id"], None)
        log(f"I Launched {id} on {agent['hostname']}")
        return True

    def _wait(self, app: Json, why: str) -> None:
        if self._waiting.get(app["id"]) != why:
            self._waiting[app["id"]] = why
            log(f"W {app['id']} waits: {why}")

    def _kill(self, instance: Instance) -> None:
        app = self._groups.apps.get(instance.kept["app"], {})
        if self._order_kill(instance.id, app.get("taskKillGracePeriodSeconds") or _GRACE):
            instance.killing = True

    def _order_kill(self, id: str, grace: float) -> bool:
        try:
            self._master.kill(id, grace)
        except MasterRefused as error:
            log(f"W Failed to kill {id}: {error}")
            return False
        return True

    def kill(self, id: str) -> None:
        """For a user. It does not count as a failure: the next one starts at once."""
        if instance := self._groups.instances.get(id):
            self._kill(instance)


def _framework(store: Store) -> str:
    """The framework's id, the same for every leader. Raises Lost."""
    if known := list(store.all("framework")):
        return known[0]
    made = str(uuid.uuid4())
    store.put("framework", made, {})
    return made


def _failure(instance: Instance, state: str, message: str, now: float) -> Json:
    kept = instance.kept
    return {
        "appId": kept["app"], "host": kept["hostname"], "message": message, "state": state, "taskId": instance.id,
        "slaveId": kept["agent_id"], "timestamp": ids.moment(now), "version": kept["version"],
    }  # fmt: skip
