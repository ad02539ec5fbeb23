"""The JSON that users read: /slaves, /metrics/snapshot."""

from sandbox.standins.common.mesos import Json
from sandbox.standins.mesos_master.state import Agent


def slaves(agents: list[Agent]) -> Json:
    return {
        "slaves": [{**_named(agent), "active": True} for agent in agents if agent.active],
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
