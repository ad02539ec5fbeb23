"""The master's HTTP endpoints."""

import html
import time
from collections.abc import Callable
from typing import Any

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.mesos import VERSION, Json
from sandbox.standins.common.web import HTML, Answer, Refused, Request, reply
from sandbox.standins.mesos_master import orders, reports
from sandbox.standins.mesos_master.led import Led
from sandbox.standins.mesos_master.master import Master
from sandbox.standins.mesos_master.operator import operate


class Pages:
    """Answers requests; those about the cluster only where it leads."""

    def __init__(self, master: Master) -> None:
        self._master = master
        self._anywhere: dict[str, Callable[[], Answer]] = {
            "/health": Answer,
            "/version": lambda: reply({"version": VERSION, "standin": WHAT_IT_IS}),
            "/flags": lambda: reply({"flags": master.settings.flags}),
            "/metrics/snapshot": self._metrics,
            "/redirect": self._redirect,
            "/": self._front,
        }
        self._leading: dict[tuple[str, str], Callable[[Request, Led], Answer]] = {
            ("GET", "/state"): lambda _, led: reply(self._state(led)),
            ("GET", "/state.json"): lambda _, led: reply(self._state(led)),
            ("GET", "/slaves"): lambda _, led: reply(reports.slaves(led.state.listed())),
            ("GET", "/frameworks"): lambda _, led: reply({"frameworks": self._state(led)["frameworks"]}),
            ("GET", "/tasks"): lambda _, led: reply({"tasks": self._tasks(led)}),
            ("GET", "/maintenance/schedule"): lambda _, led: reply(led.maintenance.schedule),
            ("GET", "/maintenance/status"): lambda _, led: reply(led.maintenance.status()),
            ("POST", "/maintenance/schedule"): lambda r, led: self._maintain(led, led.maintenance.plan, r),
            ("POST", "/machine/down"): lambda r, led: self._maintain(led, led.maintenance.take_down, r),
            ("POST", "/machine/up"): lambda r, led: self._maintain(led, led.maintenance.bring_up, r),
            ("POST", "/api/v1"): lambda r, led: operate(r, master, led),
            ("POST", "/standin/agents"): lambda r, led: reply(master.report(r.json(), led)),
            ("POST", "/standin/farewell"): self._farewell,
            ("POST", "/standin/snapshot"): lambda r, led: reply(led.snapshot(r.json())),
            ("POST", "/standin/launch"): self._launch,
            ("POST", "/standin/kill"): self._kill,
        }

    def __call__(self, request: Request) -> Answer:
        path = request.path.removeprefix("/master") or "/"
        if path in self._anywhere and request.method == "GET":
            return self._anywhere[path]()
        page = self._leading.get((request.method, path))
        if page is None:
            if any(known == path for _, known in self._leading):
                raise Refused(405, f"Expecting another method than {request.method}")
            return Answer(status=404)
        if self._master.led is None:
            return self._elsewhere(request.target)
        return page(request, self._master.led)

    def _elsewhere(self, target: str) -> Answer:
        leader = self._master.leader()
        if leader is None:
            return Answer(status=503, body=b"No leader elected")
        return Answer(status=307, headers={"Location": leader.removeprefix("http:") + target})

    def _redirect(self) -> Answer:
        return self._elsewhere("")

    def _about(self, led: Led | None) -> Json:
        settings, leader = self._master.settings, self._master.leader() or ""
        about: Json = {
            "id": settings.id, "hostname": settings.hostname, "pid": f"master@{settings.ip}:{settings.port}",
            "flags": settings.flags, "start_time": self._master.started,
            "leader": leader.replace("http://", "master@"),
        }  # fmt: skip
        if settings.cluster:
            about["cluster"] = settings.cluster
        if led:
            about["elected_time"] = led.since
            about["leader_info"] = {"id": settings.id, "hostname": settings.hostname, "port": settings.port}
        return about

    def _state(self, led: Led) -> Json:
        return reports.state(led.state.listed(), led.frameworks.listed(), self._about(led))

    def _tasks(self, led: Led) -> list[Json]:
        frameworks = self._state(led)["frameworks"]
        return [task for framework in frameworks for task in (*framework["tasks"], *framework["completed_tasks"])]

    def _metrics(self) -> Answer:
        led = self._master.led
        agents = led.state.listed() if led else []
        frameworks = led.frameworks.listed() if led else {}
        uptime = time.time() - self._master.started
        return reply(reports.metrics(agents, frameworks, elected=led is not None, uptime=uptime))

    def _maintain(self, led: Led, change: Callable[[Any], None], request: Request) -> Answer:
        change(request.json())
        self._master.keep_maintenance(led)
        return Answer()

    def _farewell(self, request: Request, led: Led) -> Answer:
        self._master.unregister(str(request.json()["id"]), led)
        return reply({})

    def _launch(self, request: Request, led: Led) -> Answer:
        body = request.json()
        orders.launch(led, body["agent_id"], body["task"])
        return reply({})

    def _kill(self, request: Request, led: Led) -> Answer:
        orders.kill(led, request.json())
        return reply({})

    def _front(self) -> Answer:
        led = self._master.led
        rows = [
            f"<tr><td>{html.escape(agent.id)}<td>{html.escape(agent.info['hostname'])}"
            f"<td>{'active' if agent.active else 'unreachable'}<td>{len(agent.live())} tasks"
            for agent in (led.state.listed() if led else [])
        ]
        text = (
            f"<!doctype html><title>Mesos</title><h1>Mesos master {VERSION}</h1><p>This is {WHAT_IT_IS}."
            f"<p>Leader: {html.escape(self._master.leader() or 'none')}"
            f"<table>{''.join(rows)}</table><p><a href=/master/state>state</a>"
        )
        return Answer(body=text.encode(), kind=HTML)
