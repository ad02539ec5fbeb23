"""The JSON that users read: /slaves, /metrics/snapshot."""

from typing import Any

from sandbox.standins.common.mesos import SCALARS, VERSION, Json, show_ranges
from sandbox.standins.mesos_master.state import Agent


def slaves(agents: list[Agent]) -> Json:
    return {
        "slaves": [_slave(agent) for agent in agents if agent.active],
        "recovered_slaves": [_named(agent) for agent in agents if not agent.here],
    }


def metrics(agents: list[Agent]) -> dict[str, int]:
    """Of the real one's many, those that count agents and tasks."""
    active = [agent for agent in agents if agent.active]
    running = [task for agent in active for task in agent.live() if task["state"] == "TASK_RUNNING"]
    return {"master/slaves_active": len(active), "master/tasks_running": len(running)}


def _named(agent: Agent) -> Json:
    """In the order in which Mesos writes them."""
    return {"id": agent.id, **{name: agent.info[name] for name in ("hostname", "port", "attributes")}}


def _slave(agent: Agent) -> Json:
    info, used = agent.info, agent.used()
    return {
        **_named(agent),
        "pid": f"slave(1)@{info['ip']}:{info['port']}",
        "resources": _shown(info["resources"]),
        "used_resources": _shown({**used, "ports": [[port, port] for port in used["ports"]]}),
        "active": agent.active,
        "version": VERSION,
    }


def _shown(resources: Json) -> dict[str, Any]:
    shown: dict[str, Any] = {name: resources.get(name, 0) for name in SCALARS}
    if resources.get("ports"):
        shown["ports"] = show_ranges(resources["ports"])
    return shown
