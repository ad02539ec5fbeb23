"""The master's HTTP endpoints, with Mesos' paths and answers; those under /standin are the stand-ins' own."""

import html
from collections.abc import Callable
from typing import Any

import bottle

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.mesos import VERSION, Json
from sandbox.standins.common.web import Answer, Refused, application, body, page
from sandbox.standins.mesos_master import orders, reports
from sandbox.standins.mesos_master.master import Led, Master

_OPERATOR_CALL = "MARK_AGENT_GONE"


def pages(master: Master) -> Any:
    """The application; what concerns the cluster is answered by the leading master alone."""

    def led(answer: Callable[[Led], Any]) -> Callable[[], Any]:
        return lambda: answer(master.led) if master.led else _elsewhere(master, bottle.request.path)

    return application(
        {
            "GET /master/health": Answer,
            "GET /redirect": lambda: _elsewhere(master, ""),
            "GET /master/redirect": lambda: _elsewhere(master, ""),
            "GET /metrics/snapshot": lambda: reports.metrics(master.led.state.listed() if master.led else []),
            "GET /slaves": led(_slaves),
            "GET /master/slaves": led(_slaves),
            "GET /maintenance/schedule": led(lambda led: led.schedule),
            "POST /maintenance/schedule": led(lambda led: _schedule(master, led)),
            "POST /api/v1": led(lambda led: _operate(master, led)),
            "GET /": lambda: _front(master),
            "POST /standin/agents": led(lambda led: master.report(body(), led)),
            "GET /standin/snapshot": led(lambda led: led.snapshot()),
            "POST /standin/launch": led(lambda led: orders.launch(led, **body())),
            "POST /standin/kill": led(lambda led: orders.kill(led, body())),
        }
    )


def _elsewhere(master: Master, path: str) -> Answer:
    leader = master.leader()
    if leader is None:
        raise Refused(503, "No leader elected")
    return Answer(status=307, Location=leader.removeprefix("http:") + path)


def _slaves(led: Led) -> Json:
    return reports.slaves(led.state.listed())


def _schedule(master: Master, led: Led) -> Answer:
    master.set_schedule(body(), led)
    return Answer()


def _operate(master: Master, led: Led) -> Answer:
    """One call of the operator API. Raises Refused."""
    kind = bottle.request.content_type
    if kind != "application/json":
        raise Refused(415, f"Expecting 'Content-Type' of application/json, not {kind!r}")
    call: Json = body()
    if call.get("type") != _OPERATOR_CALL:
        raise Refused(501, f"this stand-in has no call {call.get('type')}: {_OPERATOR_CALL} is the only one")
    try:
        id = str(call["mark_agent_gone"]["agent_id"]["value"])
    except (KeyError, TypeError):
        raise Refused(400, "Expecting 'mark_agent_gone' with an 'agent_id' to be present") from None
    master.mark_gone(id, led)
    return Answer()


def _front(master: Master) -> Answer:
    rows = [
        f"<tr><td>{html.escape(agent.id)}<td>{html.escape(agent.info['hostname'])}"
        f"<td>{'active' if agent.active else 'unreachable'}<td>{len(agent.live())} tasks"
        for agent in (master.led.state.listed() if master.led else [])
    ]
    return page(
        f"<!doctype html><title>Mesos</title><h1>Mesos master {VERSION}</h1><p>This is {WHAT_IT_IS}."
        f"<p>Leader: {html.escape(master.leader() or 'none')}<table>{''.join(rows)}</table>"
    )
