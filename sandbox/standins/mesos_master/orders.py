"""What the leading master passes on from Marathon to an agent: to launch a task, or to kill one."""

import time

from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Refused
from sandbox.standins.mesos_master.master import Led
from sandbox.standins.mesos_master.state import Agent, Misfit

_SECONDS = 3.0  # for an agent to take an order


def launch(led: Led, agent_id: str, task: Json) -> None:
    """Raises Refused (409: it does not fit, or the agent does not take it)."""
    try:
        agent = led.state.reserve(agent_id, task, time.time())
    except Misfit as error:
        raise Refused(409, str(error)) from None
    if why := _not_taken(agent, task):
        led.state.forget(agent_id, task["id"])
        raise Refused(409, f"agent {agent_id} {why}")


def _not_taken(agent: Agent, task: Json) -> str:
    """Why not; empty where the agent has it."""
    try:
        answer = call("POST", f"{_url(agent)}/standin/tasks", task, timeout=_SECONDS)
    except Unreachable as error:
        return f"does not answer: {error}"
    return f"refused: {answer.body.decode(errors='replace')}" if answer.status >= 300 else ""


def kill(led: Led, body: Json) -> None:
    """Raises Refused (404: no such task, 502: its agent does not answer)."""
    agent = led.state.holder(str(body["task_id"]))
    if agent is None:
        raise Refused(404, f"no task {body['task_id']}")
    try:
        call("POST", f"{_url(agent)}/standin/kill", body, timeout=_SECONDS)
    except Unreachable as error:
        raise Refused(502, f"agent {agent.id} does not answer: {error}") from None


def _url(agent: Agent) -> str:
    return f"http://{agent.info['ip']}:{agent.info['port']}"
