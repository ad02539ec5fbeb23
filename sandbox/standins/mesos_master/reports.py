"""The JSON that users read: /state, /slaves, /metrics/snapshot."""

from collections import Counter
from typing import Any

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.mesos import SCALARS, TERMINAL, VERSION, Json, show_ranges
from sandbox.standins.mesos_master.state import Agent


def slaves(agents: list[Agent]) -> Json:
    return {
        "slaves": [slave(agent) for agent in agents if agent.active],
        "recovered_slaves": [_named(agent) for agent in agents if not agent.here],
    }


def _named(agent: Agent) -> Json:
    """In the order in which Mesos writes them."""
    info = agent.info
    return {
        "id": agent.id,
        "hostname": info["hostname"],
        "port": info["port"],
        "attributes": info["attributes"],
    }


def slave(agent: Agent) -> Json:
    info = agent.info
    return {
        **_named(agent),
        "pid": f"slave(1)@{info['ip']}:{info['port']}",
        "resources": _shown(info["resources"]),
        "used_resources": _shown(_ports_as_ranges(agent.used())),
        "unreserved_resources": _shown(info["resources"]),
        "offered_resources": _shown({}),
        "reserved_resources": {},
        "registered_time": agent.registered,
        "reregistered_time": agent.registered,
        "active": agent.active,
        "version": info.get("version", VERSION),
        "capabilities": [],
    }


def state(agents: list[Agent], frameworks: dict[str, Json], about: Json) -> Json:
    """`about`: id, ip, hostname, port, cluster, leader, flags, start_time, elected_time."""
    tasks = [(agent, task) for agent in agents if agent.here for task in agent.tasks.values()]
    return {
        "version": VERSION,
        "standin": WHAT_IT_IS,
        **about,
        "activated_slaves": sum(agent.active for agent in agents),
        "deactivated_slaves": 0,
        "unreachable_slaves": sum(not agent.reachable for agent in agents),
        **slaves(agents),
        "frameworks": [
            {
                **framework,
                "tasks": [_task(a, t) for a, t in tasks if _lives(t) and t["framework_id"] == framework["id"]],
                "completed_tasks": [
                    _task(a, t) for a, t in tasks if not _lives(t) and t["framework_id"] == framework["id"]
                ],
            }
            for framework in frameworks.values()
        ],
        "completed_frameworks": [],
        "orphan_tasks": [],
    }


def metrics(agents: list[Agent], frameworks: dict[str, Json], *, elected: bool, uptime: float) -> dict[str, float]:
    active = [agent for agent in agents if agent.active]
    states = Counter(task["state"] for agent in active for task in agent.tasks.values())
    found: dict[str, float] = {
        "master/elected": int(elected),
        "master/uptime_secs": uptime,
        "master/slaves_active": len(active),
        "master/slaves_connected": len(active),
        "master/slaves_inactive": 0,
        "master/slaves_disconnected": 0,
        "master/slaves_unreachable": sum(not agent.reachable for agent in agents),
        "master/frameworks_active": sum(bool(framework["active"]) for framework in frameworks.values()),
        "registrar/log/recovered": int(elected),
    }
    for name in ("staging", "starting", "running", "killing", "finished", "failed", "killed", "lost"):
        found[f"master/tasks_{name}"] = states[f"TASK_{name.upper()}"]
    for name in SCALARS:
        total = sum(agent.info["resources"].get(name, 0) for agent in active)
        used = sum(agent.used()[name] for agent in active)
        found |= {f"master/{name}_total": total, f"master/{name}_used": used}
        found[f"master/{name}_percent"] = used / total if total else 0
    return found


def _task(agent: Agent, task: Json) -> Json:
    resources = {name: task.get(name, 0) for name in SCALARS}
    return {
        "id": task["id"],
        "name": task.get("name", ""),
        "framework_id": task["framework_id"],
        "slave_id": agent.id,
        "state": task["state"],
        "resources": _shown(_ports_as_ranges({**resources, "ports": task.get("ports", [])})),
        "statuses": [
            {"state": task["state"], "timestamp": task.get("changed", task["launched"]),
             "healthy": task.get("healthy"), "message": task.get("message", ""),
             "container_status": {"network_infos": [{"ip_addresses": [{"ip_address": task.get("address", "")}]}]}}
        ],
        "container": {"type": "DOCKER", "docker": {"image": task.get("image", "")}},
    }  # fmt: skip


def _lives(task: Json) -> bool:
    return task["state"] not in TERMINAL


def _ports_as_ranges(used: Json) -> Json:
    return {**used, "ports": [[port, port] for port in used["ports"]]}


def _shown(resources: Json) -> dict[str, Any]:
    shown: dict[str, Any] = {name: resources.get(name, 0) for name in (*SCALARS, "gpus")}
    if resources.get("ports"):
        shown["ports"] = show_ranges(resources["ports"])
    return shown
