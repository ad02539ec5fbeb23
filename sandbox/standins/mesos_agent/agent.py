"""The agent's side of the wire: it reports to the leading master, and takes its orders."""

import threading
import time
from typing import Any

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.ensemble import Lost
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import SCALARS, TERMINAL, VERSION, Detector, Json, show_ranges
from sandbox.standins.common.web import Answer, Request, reply
from sandbox.standins.mesos_agent.store import Store
from sandbox.standins.mesos_agent.tasks import Tasks

_PAUSE = 1.0  # seconds between two reports


class Agent:
    """`info`: hostname, ip, port, resources, attributes, version."""

    def __init__(self, info: Json, store: Store, tasks: Tasks, detector: Detector) -> None:
        self._info, self._store, self._tasks, self._detector = info, store, tasks, detector
        self._told, self._over = "", False
        self.master: str | None = None
        self.started = time.time()

    def run(self, stop: threading.Event) -> None:
        """Until `stop`, or until a master asked it to shut down."""
        while not stop.is_set() and not self._over:
            self._store.changed.clear()
            self.report()
            self._tasks.clean(time.time())
            self._store.changed.wait(_PAUSE)

    def report(self) -> None:
        """Tells the leading master everything; says once what is wrong when it can't."""
        try:
            leader = self._detector.leader()
            if leader is None:
                return self._note("W No master detected: waiting for a leader", None)
            body = {"id": self._store.agent_id, "info": self._info, "tasks": self._store.tasks()}
            answer = call("POST", f"{leader}/standin/agents", body)
        except Lost as error:
            return self._note(f"W {error}", None)
        except Unreachable as error:
            return self._note(f"W The master does not answer: {error}", None)
        if answer.status != 200:
            return self._note(f"W {leader} does not register this agent: {_text(answer.body)}", None)
        said = answer.json()
        self._store.identify(said["agent_id"])
        if said.get("shutdown"):
            self._note(f"I Agent asked to shut down by {leader} because '{said['shutdown']}'", None)
            self._tasks.end_all()
            self._over = True
            return None
        return self._note(f"I Registered with master {leader} as {said['agent_id']}", leader)

    def farewell(self) -> None:
        """Leaves the cluster and stops every task."""
        if self.master:
            try:
                call("POST", f"{self.master}/standin/farewell", {"id": self._store.agent_id})
            except Unreachable as error:
                log(f"W The master does not answer: {error}")
        self._tasks.end_all()

    def _note(self, text: str, master: str | None) -> None:
        self.master = master
        if text != self._told:
            self._told = text
            log(text)

    def __call__(self, request: Request) -> Answer:
        """Answers a request."""
        path = request.path.removeprefix("/slave(1)") or "/"
        if request.method == "POST":
            return self._order(path, request)
        pages: dict[str, Any] = {
            "/state": self._state,
            "/state.json": self._state,
            "/metrics/snapshot": self._metrics,
            "/version": lambda: {"version": VERSION, "standin": WHAT_IT_IS},
            "/monitor/statistics": lambda: [],
        }
        if path in ("/health", "/"):
            return Answer()
        return reply(pages[path]()) if path in pages else Answer(status=404)

    def _order(self, path: str, request: Request) -> Answer:
        body = request.json()
        if path == "/standin/tasks":
            self._tasks.launch(body)
        elif path == "/standin/kill":
            self._tasks.kill(body["task_id"], body.get("grace"))
        else:
            return Answer(status=404)
        return reply({}, 202)

    def _state(self) -> Json:
        tasks = self._store.tasks()
        resources = self._info["resources"]
        return {
            "version": VERSION,
            "standin": WHAT_IT_IS,
            "id": self._store.agent_id,
            "pid": f"slave(1)@{self._info['ip']}:{self._info['port']}",
            "hostname": self._info["hostname"],
            "start_time": self.started,
            "master_hostname": (self.master or "").removeprefix("http://"),
            "attributes": self._info["attributes"],
            "resources": {
                **{name: resources.get(name, 0) for name in SCALARS},
                "ports": show_ranges(resources.get("ports", [])),
            },
            "tasks": [task for task in tasks if task["state"] not in TERMINAL],
            "completed_tasks": [task for task in tasks if task["state"] in TERMINAL],
        }

    def _metrics(self) -> dict[str, float]:
        states = [task["state"] for task in self._store.tasks()]
        names = ("staging", "starting", "running", "finished", "failed", "killed", "lost")
        found: dict[str, float] = {f"slave/tasks_{name}": states.count(f"TASK_{name.upper()}") for name in names}
        return {
            **found,
            "slave/registered": int(self.master is not None),
            "slave/uptime_secs": time.time() - self.started,
        }


def _text(body: bytes) -> str:
    return body.decode(errors="replace").strip()[:200]
