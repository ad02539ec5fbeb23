"""One master: contends for the lead, and answers."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.standins.common.election import Election
from sandbox.standins.common.ensemble import Ensemble, Lost
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Json, master_url
from sandbox.standins.common.web import Refused
from sandbox.standins.mesos_master.maintenance import Maintenance
from sandbox.standins.mesos_master.state import Agent, Misfit, State

_FRAMEWORK_SILENT = 15.0  # seconds until a framework that does not ask counts as gone
_DISCONNECTED = 5.0  # seconds without a report until nothing new is put on an agent
_ORDER = 3.0  # seconds for an agent to take an order


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`quorum` 0: no ZooKeeper, this one leads alone. Times in seconds."""

    id: str
    ip: str
    port: int
    hostname: str
    cluster: str = ""
    quorum: int = 1
    path: str = "/mesos"
    agent_timeout: float = 75
    reregister_timeout: float = 600
    fetch_timeout: float = 60
    flags: Json = field(default_factory=dict)


@dataclass(kw_only=True)
class Led:
    """What only the leader has."""

    state: State
    maintenance: Maintenance
    since: float
    gone: set[str] = field(default_factory=set)
    recovered: bool = False
    frameworks: dict[str, Json] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)


class Master:
    """`settings`, the ensemble (None without ZooKeeper), and `die`, called when it must start anew."""

    def __init__(self, settings: Settings, ensemble: Ensemble | None, die: Callable[[str], None]) -> None:
        self.settings, self._ensemble, self._die = settings, ensemble, die
        self.election: Election | None = None
        self.led: Led | None = None
        self.started = time.time()

    @property
    def registry(self) -> str:
        return f"{self.settings.path}/standin"

    def lead(self) -> None:
        """Takes the lead, with what the masters before it left."""
        agents: dict[str, Json] = {}
        saved: Json | None = None
        gone: set[str] = set()
        if self._ensemble:
            for id in self._ensemble.children(f"{self.registry}/agents"):
                agents[id] = json.loads(self._ensemble.get(f"{self.registry}/agents/{id}") or b"null")
            saved = json.loads(self._ensemble.get(f"{self.registry}/maintenance") or b"null")
            gone = set(self._ensemble.children(f"{self.registry}/gone"))
        known = {id: info for id, info in agents.items() if info}
        state = State(self.settings.id, known, time.time())
        recovered = not self._ensemble
        self.led = Led(state=state, maintenance=Maintenance(saved), since=time.time(), gone=gone, recovered=recovered)
        log(f"I Elected as the leading master, with {len(known)} agents in the registry")

    def won(self) -> None:
        try:
            self.lead()
        except Lost as error:
            self._die(f"Failed to recover the registry: {error}")

    def lost(self) -> None:
        self._die("Lost leadership... committing suicide!")

    def run(self, stop: threading.Event) -> None:
        """Looks after the agents once a second."""
        while not stop.wait(1):
            self.look(time.time())

    def look(self, now: float) -> None:
        if (led := self.led) is None:
            return
        if not led.recovered and self._has_quorum():
            led.recovered = True
            log("I Recovered the registry: agents may register")
        if not led.recovered and now - led.since > self.settings.fetch_timeout:
            self._die(f"Failed to recover registrar: no quorum of {self.settings.quorum} masters")
        lost = led.state.sweep(now, ping=self.settings.agent_timeout, reregister=self.settings.reregister_timeout)
        for agent in lost:
            log(f"W Agent {agent.id} at {agent.info['hostname']} is unreachable")

    def _has_quorum(self) -> bool:
        return self.election is not None and self.election.standing.contenders >= self.settings.quorum

    def leader(self) -> str | None:
        """http://ip:port of the leading master, or None."""
        if self.led:
            return f"http://{self.settings.ip}:{self.settings.port}"
        return master_url(self.election.standing.leader) if self.election else None

    def report(self, body: Json, led: Led) -> Json:
        """An agent's report. Raises Refused."""
        if not led.recovered:
            raise Refused(503, f"no quorum of {self.settings.quorum} masters yet")
        id, info = str(body.get("id") or ""), body["info"]
        if id in led.gone:
            return {"agent_id": id, "shutdown": "Agent has been marked gone"}
        if led.maintenance.mode(info) == "DOWN":
            led.state.remove(id)
            return {"agent_id": id, "shutdown": "Machine is DOWN"}
        known, before = set(led.state.agents), led.state.agents.get(id)
        fresh = before is None or not before.active or before.info != info
        agent = led.state.report(id, info, body["tasks"], time.time())
        for replaced in known - set(led.state.agents):
            self._drop(f"agents/{replaced}")
            log(f"I Removed agent {replaced}: a new agent registered at the same address")
        if fresh:
            self._keep(f"agents/{agent.id}", info)
            log(f"I Registered agent {agent.id} at {info['ip']}:{info['port']} ({info['hostname']})")
        return {"agent_id": agent.id}

    def unregister(self, id: str, led: Led) -> None:
        """An agent says farewell: it and its tasks are gone at once."""
        led.state.remove(id)
        self._drop(f"agents/{id}")
        log(f"I Agent {id} unregistered")

    def mark_gone(self, id: str, led: Led) -> None:
        """An operator says that the agent won't come back: it and its tasks are gone, and it may not register again.

        Raises Refused (404: no such agent).
        """
        if id in led.gone:
            return
        if id not in led.state.agents:
            raise Refused(404, f"Agent '{id}' not found")
        self._keep(f"gone/{id}", {})
        led.gone.add(id)
        led.state.remove(id)
        self._drop(f"agents/{id}")
        log(f"I Marked agent {id} as gone")

    def snapshot(self, framework: Json, led: Led) -> Json:
        now = time.time()
        id = framework.get("id") or f"{self.settings.id}-{len(led.frameworks):04}"
        new = id not in led.frameworks
        registered = now if new else led.frameworks[id]["registered_time"]
        led.frameworks[id] = {**framework, "id": id, "registered_time": registered, "active": True}
        led.asked[id] = now
        if new:
            log(f"I Registered framework {id} ({framework.get('name')})")
        return {
            "framework_id": id,
            "recovered": led.recovered,
            "agents": [self._for_frameworks(agent, led) for agent in led.state.listed()],
        }

    def _for_frameworks(self, agent: Agent, led: Led) -> Json:
        return {
            "id": agent.id,
            "hostname": agent.info["hostname"],
            "ip": agent.info["ip"],
            "attributes": agent.info["attributes"],
            "here": agent.here,
            "reachable": agent.reachable,
            "connected": agent.active and time.time() - agent.seen < _DISCONNECTED,
            "mode": led.maintenance.mode(agent.info),
            "free": agent.free(),
            "tasks": list(agent.tasks.values()),
        }

    def frameworks(self, led: Led) -> dict[str, Json]:
        """Those that asked lately are active."""
        now = time.time()
        return {
            id: {**framework, "active": now - led.asked[id] < _FRAMEWORK_SILENT}
            for id, framework in led.frameworks.items()
        }

    def launch(self, agent_id: str, task: Json, led: Led) -> None:
        """Raises Refused (409: it does not fit, or the agent does not take it)."""
        try:
            agent = led.state.reserve(agent_id, task, time.time())
        except Misfit as error:
            raise Refused(409, str(error)) from None
        if led.maintenance.mode(agent.info) != "UP":
            led.state.forget(agent_id, task["id"])
            raise Refused(409, f"agent {agent_id} is in maintenance")
        try:
            answer = call("POST", f"{_url(agent)}/standin/tasks", task, timeout=_ORDER)
        except Unreachable as error:
            led.state.forget(agent_id, task["id"])
            raise Refused(409, f"agent {agent_id} does not answer: {error}") from None
        if answer.status >= 300:
            led.state.forget(agent_id, task["id"])
            raise Refused(409, f"agent {agent_id} refused: {answer.body.decode(errors='replace')}")

    def kill(self, body: Json, led: Led) -> None:
        """Raises Refused (404: no such task, 502: its agent does not answer)."""
        agent = led.state.holder(str(body["task_id"]))
        if agent is None:
            raise Refused(404, f"no task {body['task_id']}")
        try:
            call("POST", f"{_url(agent)}/standin/kill", body, timeout=_ORDER)
        except Unreachable as error:
            raise Refused(502, f"agent {agent.id} does not answer: {error}") from None

    def keep_maintenance(self, led: Led) -> None:
        self._keep("maintenance", led.maintenance.content())

    def _keep(self, name: str, value: Json) -> None:
        if self._ensemble:
            try:
                self._ensemble.put(f"{self.registry}/{name}", json.dumps(value).encode())
            except Lost as error:
                raise Refused(503, str(error)) from None

    def _drop(self, name: str) -> None:
        if self._ensemble:
            try:
                self._ensemble.delete(f"{self.registry}/{name}")
            except Lost as error:
                raise Refused(503, str(error)) from None


def _url(agent: Agent) -> str:
    return f"http://{agent.info['ip']}:{agent.info['port']}"
