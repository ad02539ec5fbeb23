"""The agent's memory: its id and its tasks, in a file of its work_dir, whole at every moment."""

import json
import threading
from pathlib import Path
from typing import Any

from sandbox.standins.common.mesos import TERMINAL, Json

_COMPLETED = 50  # how many tasks that have ended are remembered


class Store:
    """Safe from several threads. Raises OSError where the folder can't be written."""

    def __init__(self, work_dir: Path) -> None:
        self._file = work_dir / "meta" / "standin.json"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        saved: Json = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.agent_id: str = saved.get("agent_id", "")
        self._tasks: dict[str, Json] = saved.get("tasks", {})
        self.changed = threading.Event()  # the next report is due at once

    def identify(self, agent_id: str) -> None:
        with self._lock:
            if agent_id != self.agent_id:
                self.agent_id = agent_id
                self._save()

    def tasks(self) -> list[Json]:
        with self._lock:
            return [dict(task) for task in self._tasks.values()]

    def get(self, id: str) -> Json | None:
        with self._lock:
            return dict(self._tasks[id]) if id in self._tasks else None

    def update(self, id: str, /, **fields: Any) -> None:
        """A task that has ended stays as it ended."""
        with self._lock:
            task = self._tasks.get(id, {})
            if "state" in fields and task.get("state") in TERMINAL:
                return
            self._tasks[id] = {**task, **fields}
            ended = [name for name, each in self._tasks.items() if each["state"] in TERMINAL]
            for name in ended[: max(0, len(ended) - _COMPLETED)]:
                del self._tasks[name]
            self._save()
        self.changed.set()

    def _save(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"agent_id": self.agent_id, "tasks": self._tasks}))
        fresh.replace(self._file)
