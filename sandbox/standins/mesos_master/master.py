"""One master: contends for the lead, and answers."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.standins.common.election import Election
from sandbox.standins.common.ensemble import Ensemble, Lost
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Json, master_url
from sandbox.standins.common.store import Store
from sandbox.standins.common.web import Refused
from sandbox.standins.mesos_master import maintenance
from sandbox.standins.mesos_master.state import Agent, State

_DISCONNECTED = 5.0  # seconds without a report until nothing new is put on an agent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Times in seconds; the defaults are Mesos'."""

    id: str
    ip: str
    port: int
    hostname: str
    quorum: int = 1
    path: str = "/mesos"
    agent_timeout: float = 75
    reregister_timeout: float = 600
    fetch_timeout: float = 60


@dataclass(kw_only=True)
class Led:
    """What only the leading master has: `since` when, in seconds of the epoch; agents; those that are `gone`; the
    maintenance `schedule`.

    It is not `recovered` before a quorum of masters is there.
    """

    state: State
    since: float
    gone: set[str] = field(default_factory=set)
    schedule: Json = field(default_factory=dict)
    recovered: bool = False

    def snapshot(self) -> Json:
        """The agents and their tasks, as Marathon needs them."""
        return {"recovered": self.recovered, "agents": [self._for_marathon(agent) for agent in self.state.listed()]}

    def _for_marathon(self, agent: Agent) -> Json:
        named, now = {name: agent.info[name] for name in ("hostname", "ip", "attributes")}, time.time()
        return {
            "id": agent.id,
            **named,
            "here": agent.here,
            "reachable": agent.reachable,
            "connected": agent.active and now - agent.seen < _DISCONNECTED,
            "maintenance": maintenance.under_way(self.schedule, named["hostname"], named["ip"], now),
            "free": agent.free(),
            "tasks": list(agent.tasks.values()),
        }


class Master:
    """`die` is called when this process must end, for its init system to start it again."""

    def __init__(self, settings: Settings, ensemble: Ensemble, die: Callable[[str], None]) -> None:
        self.settings, self._die = settings, die
        self.registry = Store(ensemble, f"{settings.path}/standin")
        self.election: Election | None = None
        self.led: Led | None = None

    def lead(self) -> None:
        """Takes the lead, with what the masters before it left. Raises Lost."""
        known = self.registry.all("agents")
        now = time.time()
        self.led = Led(
            state=State(self.settings.id, known, now),
            since=now,
            gone=set(self.registry.all("gone")),
            schedule=self.registry.all("maintenance").get("schedule", {}),
        )
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
        """An agent's report. Raises Refused or Lost."""
        if not led.recovered:
            raise Refused(503, f"no quorum of {self.settings.quorum} masters yet")
        id, info = str(body.get("id") or ""), body["info"]
        if id in led.gone:
            return {"agent_id": id, "shutdown": "Agent has been marked gone"}
        known, before = set(led.state.agents), led.state.agents.get(id)
        fresh = before is None or not before.active or before.info != info
        agent = led.state.report(id, info, body["tasks"], time.time())
        for replaced in known - set(led.state.agents):
            self.registry.delete("agents", replaced)
            log(f"I Removed agent {replaced}: a new agent registered at the same address")
        if fresh:
            self.registry.put("agents", agent.id, info)
            log(f"I Registered agent {agent.id} at {info['ip']}:{info['port']} ({info['hostname']})")
        return {"agent_id": agent.id}

    def set_schedule(self, schedule: Json, led: Led) -> None:
        """Raises Refused (400: it is none) or Lost."""
        led.schedule = maintenance.checked(schedule)
        self.registry.put("maintenance", "schedule", led.schedule)

    def mark_gone(self, id: str, led: Led) -> None:
        """Removes an agent and its tasks for good: it may not register again.

        Raises Refused (404: no such agent) or Lost.
        """
        if id in led.gone:
            return
        if id not in led.state.agents:
            raise Refused(404, f"Agent '{id}' not found")
        self.registry.put("gone", id, {})
        led.gone.add(id)
        led.state.remove(id)
        self.registry.delete("agents", id)
        log(f"I Marked agent {id} as gone")
