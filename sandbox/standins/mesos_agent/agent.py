"""The agent's side of the wire: it reports to the leading master, and takes its orders."""

import threading
import time
from typing import Any

from sandbox.standins.common.ensemble import Lost
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Detector, Json
from sandbox.standins.common.web import Answer, application, body
from sandbox.standins.mesos_agent.store import Store
from sandbox.standins.mesos_agent.tasks import Tasks

_PAUSE = 1.0  # seconds between two reports


class Agent:
    """`info`: hostname, ip, port, resources, attributes."""

    def __init__(self, info: Json, store: Store, tasks: Tasks, detector: Detector) -> None:
        self._info, self._store, self._tasks, self._detector = info, store, tasks, detector
        self._logged, self._over = "", False
        self.master: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Until `stop`, or until a master shuts the agent down."""
        while not stop.is_set() and not self._over:
            self._store.changed.clear()
            self.report()
            self._tasks.clean(time.time())
            self._store.changed.wait(_PAUSE)

    def report(self) -> None:
        """Sends the leading master the whole state; logs once why it can't."""
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
            why = answer.body.decode(errors="replace").strip()[:200]
            return self._note(f"W {leader} does not register this agent: {why}", None)
        reply = answer.json()
        self._store.identify(reply["agent_id"])
        if reply.get("shutdown"):
            self._note(f"I Agent asked to shut down by {leader} because '{reply['shutdown']}'", None)
            self._tasks.end_all()
            self._over = True
            return None
        return self._note(f"I Registered with master {leader} as {reply['agent_id']}", leader)

    def _note(self, text: str, master: str | None) -> None:
        self.master = master
        if text != self._logged:
            self._logged = text
            log(text)

    def pages(self) -> Any:
        """The application: orders from the leading master, and health."""
        return application(
            {
                "GET /health": Answer,
                "POST /standin/tasks": lambda: self._tasks.launch(body()),
                "POST /standin/kill": lambda: self._tasks.kill(**body()),
            }
        )
