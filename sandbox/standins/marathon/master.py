"""The leading Mesos master, as Marathon sees it."""

from typing import Any

from sandbox.standins.common.fetch import Reply, Unreachable, call
from sandbox.standins.common.mesos import Detector, Json


class MasterRefused(Exception):  # noqa: N818
    """A call failed; the text has the reason."""


class LeadingMaster:
    """Every call raises MasterRefused, or Lost from ZooKeeper."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.url: str | None = None

    def snapshot(self) -> Json:
        """The agents and their tasks; nothing can be launched before the master has `recovered`."""
        answer: Json = self._ask("GET", "snapshot").json()
        return answer

    def launch(self, agent_id: str, task: Json) -> None:
        self._ask("POST", "launch", {"agent_id": agent_id, "task": task})

    def kill(self, task_id: str, grace: float) -> None:
        self._ask("POST", "kill", {"task_id": task_id, "grace": grace})

    def _ask(self, method: str, what: str, value: Any = None) -> Reply:
        self.url = self._detector.leader()
        if self.url is None:
            raise MasterRefused("no leading Mesos master")
        try:
            answer = call(method, f"{self.url}/standin/{what}", value, timeout=10)
        except Unreachable as error:
            raise MasterRefused(f"the Mesos master does not answer: {error}") from None
        if answer.status != 200:
            raise MasterRefused(f"{self.url}: {answer.body.decode(errors='replace')[:300]}")
        return answer
