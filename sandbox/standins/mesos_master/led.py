"""What only the leading master has: agents and tasks, frameworks, and who may not come back."""

import time
from dataclasses import dataclass, field

from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Json
from sandbox.standins.mesos_master.maintenance import Maintenance
from sandbox.standins.mesos_master.state import Agent, State

_FRAMEWORK_SILENT = 15.0  # seconds until a framework that does not ask counts as gone
_DISCONNECTED = 5.0  # seconds without a report until nothing new is put on an agent


class Frameworks:
    """Those that have asked, by id; `master` is the id of who leads."""

    def __init__(self, master: str) -> None:
        self._master = master
        self._known: dict[str, Json] = {}
        self._asked: dict[str, float] = {}

    def heard(self, framework: Json) -> str:
        """Its id, a new one when it has none."""
        now = time.time()
        id = framework.get("id") or f"{self._master}-{len(self._known):04}"
        new = id not in self._known
        registered = now if new else self._known[id]["registered_time"]
        self._known[id] = {**framework, "id": id, "registered_time": registered}
        self._asked[id] = now
        if new:
            log(f"I Registered framework {id} ({framework.get('name')})")
        return str(id)

    def listed(self) -> dict[str, Json]:
        """Those that asked lately are active."""
        now = time.time()
        return {
            id: {**framework, "active": now - self._asked[id] < _FRAMEWORK_SILENT}
            for id, framework in self._known.items()
        }


@dataclass(kw_only=True)
class Led:
    """`since` when, in seconds since the epoch; not `recovered` before a quorum of masters is there."""

    state: State
    maintenance: Maintenance
    frameworks: Frameworks
    since: float
    gone: set[str] = field(default_factory=set)
    recovered: bool = False

    def snapshot(self, framework: Json) -> Json:
        """What a framework is told of the agents and their tasks."""
        return {
            "framework_id": self.frameworks.heard(framework),
            "recovered": self.recovered,
            "agents": [self._for_frameworks(agent) for agent in self.state.listed()],
        }

    def _for_frameworks(self, agent: Agent) -> Json:
        return {
            "id": agent.id,
            "hostname": agent.info["hostname"],
            "ip": agent.info["ip"],
            "attributes": agent.info["attributes"],
            "here": agent.here,
            "reachable": agent.reachable,
            "connected": agent.active and time.time() - agent.seen < _DISCONNECTED,
            "mode": self.maintenance.mode(agent.info),
            "free": agent.free(),
            "tasks": list(agent.tasks.values()),
        }
