"""The state of the leading master: agents, their tasks, and what is free. It has no clock and no network."""

import threading
from dataclasses import dataclass, field

from sandbox.standins.common.mesos import SCALARS, TERMINAL, Json, without


class Misfit(Exception):  # noqa: N818
    """The task can't be launched there; the text has the reason."""


@dataclass(kw_only=True)
class Agent:
    """`info`: hostname, ip, port, resources, attributes, as it reported them; times are seconds of the epoch."""

    id: str
    info: Json
    registered: float
    seen: float
    here: bool = True  # it reported to this master; False: known from the registry alone
    reachable: bool = True
    tasks: dict[str, Json] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        return self.here and self.reachable

    def live(self) -> list[Json]:
        return [task for task in self.tasks.values() if task["state"] not in TERMINAL]

    def free(self) -> Json:
        """Scalars, and the ports as ranges."""
        live, total = self.live(), self.info["resources"]
        free: Json = {
            name: round(total.get(name, 0) - sum(task.get(name, 0) for task in live), 6) for name in SCALARS
        }
        used = [port for task in live for port in task.get("ports", [])]
        return {**free, "ports": without(total.get("ports", []), used)}


class State:
    """All calls are safe from several threads. `name` makes agents' ids: <name>-S0, ..."""

    def __init__(self, name: str, known: dict[str, Json], now: float) -> None:
        """`known`: the agents of the registry, by id, from the masters before this one."""
        self._name, self._lock = name, threading.RLock()
        self._count = len(known)
        self.agents = {
            id: Agent(id=id, info=info, registered=now, seen=now, here=False) for id, info in known.items()
        }

    def report(self, id: str, info: Json, tasks: list[Json], now: float) -> Agent:
        """An agent's report; an empty or unknown `id` on a new address makes a new one."""
        with self._lock:
            agent = self.agents.get(id) or self._registered_at(info)
            if agent is None:
                self._leave_room(info)
                agent = self._admit(id, info, now)
            launched = {task["id"]: task for task in agent.live() if now - task["launched"] < 5}
            agent.info, agent.seen, agent.here, agent.reachable = info, now, True, True
            reported = {task["id"]: task for task in tasks}
            agent.tasks = {**{k: v for k, v in launched.items() if k not in reported}, **reported}
            return agent

    def _leave_room(self, info: Json) -> None:
        """A new agent at the address of another: the other one and its tasks are removed."""
        for id in [each.id for each in self.agents.values() if _address(each.info) == _address(info)]:
            del self.agents[id]

    def _admit(self, id: str, info: Json, now: float) -> Agent:
        if not id:
            id = f"{self._name}-S{self._count}"
            self._count += 1
        self.agents[id] = Agent(id=id, info=info, registered=now, seen=now)
        return self.agents[id]

    def _registered_at(self, info: Json) -> Agent | None:
        """An agent that registers again before it has read its first answer is the same one."""
        same = (each for each in self.agents.values() if each.here and _address(each.info) == _address(info))
        return next((each for each in same if not each.tasks), None)

    def sweep(self, now: float, *, ping: float, reregister: float) -> list[Agent]:
        """Marks agents unreachable: not heard for `ping` seconds, or never by this master for `reregister`."""
        with self._lock:
            lost = [
                agent
                for agent in self.agents.values()
                if agent.reachable and now - agent.seen > (ping if agent.here else reregister)
            ]
            for agent in lost:
                agent.reachable = False
            return lost

    def remove(self, id: str) -> None:
        with self._lock:
            self.agents.pop(id, None)

    def reserve(self, agent_id: str, task: Json, now: float) -> Agent:
        """Puts a task on an agent, as staging. Raises Misfit."""
        with self._lock:
            agent = self.agents.get(agent_id)
            if agent is None or not agent.active:
                raise Misfit(f"agent {agent_id} is not active")
            free = agent.free()
            for name in SCALARS:
                if task.get(name, 0) > free[name]:
                    raise Misfit(f"{name}: {task[name]} requested, {free[name]} free on {agent.info['hostname']}")
            for port in task.get("ports", []):
                if not any(first <= port <= last for first, last in free["ports"]):
                    raise Misfit(f"port {port} is not free on {agent.info['hostname']}")
            agent.tasks[task["id"]] = {**task, "state": "TASK_STAGING", "launched": now}
            return agent

    def forget(self, agent_id: str, task_id: str) -> None:
        """Undoes a `reserve` whose agent did not take the task."""
        with self._lock:
            if agent := self.agents.get(agent_id):
                agent.tasks.pop(task_id, None)

    def holder(self, task_id: str) -> Agent | None:
        with self._lock:
            return next((agent for agent in self.agents.values() if task_id in agent.tasks), None)

    def listed(self) -> list[Agent]:
        with self._lock:
            return list(self.agents.values())


def _address(info: Json) -> tuple[str, int]:
    return info["ip"], info["port"]
