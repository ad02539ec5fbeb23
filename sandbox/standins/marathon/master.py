"""The leading Mesos master, as Marathon sees it."""

from typing import Any

from sandbox.standins.common.fetch import Reply, Unreachable, call
from sandbox.standins.common.mesos import Detector, Json


class MasterRefused(Exception):  # noqa: N818
    """The master did not do it; the text says why."""


class LeadingMaster:
    """Every call raises MasterRefused, or Lost from ZooKeeper."""

    def __init__(self, detector: Detector, about: Json) -> None:
        """`about`: name, hostname and webui_url of the framework."""
        self._detector, self._about = detector, about
        self.url: str | None = None

    def snapshot(self, framework_id: str) -> Json:
        answer: Json = self._post("snapshot", {**self._about, "id": framework_id}).json()
        return answer

    def launch(self, agent_id: str, task: Json) -> None:
        self._post("launch", {"agent_id": agent_id, "task": task})

    def kill(self, task_id: str, grace: float) -> None:
        self._post("kill", {"task_id": task_id, "grace": grace})

    def _post(self, what: str, value: Any) -> Reply:
        self.url = self._detector.leader()
        if self.url is None:
            raise MasterRefused("no leading Mesos master")
        try:
            answer = call("POST", f"{self.url}/standin/{what}", value, timeout=10)
        except Unreachable as error:
            raise MasterRefused(f"the Mesos master does not answer: {error}") from None
        if answer.status != 200:
            raise MasterRefused(f"{self.url}: {answer.body.decode(errors='replace')[:300]}")
        return answer
