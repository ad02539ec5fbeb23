"""Tasks as docker containers: each is followed by a thread of its own, from the pull to its end."""

import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from sandbox.standins.common.docker import Docker, DockerError, own_address
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import TERMINAL, Json
from sandbox.standins.mesos_agent.checks import watch_health
from sandbox.standins.mesos_agent.container import container, container_name
from sandbox.standins.mesos_agent.store import Store

_SLACK = 5.0  # seconds that docker may take beyond a task's grace
_SANDBOX_DIRECTORY = "/mnt/mesos/sandbox"  # where a container finds its folder: Mesos' default


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where tasks run. Times in seconds; `sandboxes` holds a folder for each run, at the same path on the host.

    `executor_image` is the image that has the executor, empty where the agent would start it as a process of its own.
    """

    ip: str
    hostname: str
    sandboxes: Path
    registration_timeout: float
    executor_image: str
    shutdown_grace: float = 3  # Mesos keeps two seconds of its --executor_shutdown_grace_period, 5secs
    remove_delay: float = 6 * 3600


class Tasks:
    """Launches, kills and recovers."""

    def __init__(self, place: Place, store: Store, docker: Docker) -> None:
        self._place, self._store, self._docker = place, store, docker

    def launch(self, task: Json) -> None:
        """Returns at once; the same task twice is launched once."""
        if self._store.get(task["id"]):
            return
        container_id = str(uuid.uuid4())
        self._store.update(
            task["id"], **task, container_id=container_id, state="TASK_STAGING", launched=time.time(), killed=False
        )
        log(f"I Launching task {task['id']} as {container_name(container_id)} from {task['image']}")
        self._thread(self._live, task["id"])

    def recover(self) -> None:
        """Takes up the tasks that ran when the agent stopped."""
        for task in self._store.tasks():
            if task["state"] not in TERMINAL:
                log(f"I Recovering task {task['id']}")
                self._thread(self._resume, task["id"])

    def kill(self, task_id: str, grace: float = 0) -> None:
        """Returns at once. `grace`: seconds between SIGTERM and SIGKILL."""
        task = self._store.get(task_id)
        if task is None or task["state"] in TERMINAL or task["killed"]:
            return
        log(f"I Killing task {task_id}")
        self._store.update(task_id, killed=True)
        self._thread(self._stop, task_id, grace)

    def end_all(self) -> None:
        """Kills every task, and returns when all have ended, or should have."""
        for task in self._store.tasks():
            self.kill(task["id"], self._place.shutdown_grace)
        late = time.monotonic() + self._place.shutdown_grace + _SLACK
        while any(task["state"] not in TERMINAL for task in self._store.tasks()) and time.monotonic() < late:
            time.sleep(0.05)

    def clean(self, now: float) -> None:
        """Removes the containers that ended `remove_delay` ago."""
        for task in self._store.tasks():
            late = now - task.get("changed", now) > self._place.remove_delay
            if task["state"] in TERMINAL and late and not task.get("removed"):
                try:
                    self._docker.remove(container_name(task["container_id"]))
                except DockerError as error:
                    if error.status != 404:
                        continue
                self._store.update(task["id"], removed=True)

    def _live(self, id: str) -> None:
        task = self._task(id)
        try:
            self._check_executor()
            self._pull(task)
            if self._task(id)["killed"]:
                return self._end(id, "TASK_KILLED", "killed before it started")
            name = container_name(task["container_id"])
            sandbox = str(self._place.sandboxes / task["container_id"])
            self._docker.create(
                name, container(task, hostname=self._place.hostname, sandbox=sandbox, seen_as=_SANDBOX_DIRECTORY)
            )
            self._docker.start(name)
        except DockerError as error:
            return self._end(id, "TASK_FAILED", f"Failed to launch container: {error}")
        return self._follow(id)

    def _check_executor(self) -> None:
        """Mesos gives the executor's path as a container's command, so an entrypoint would run in its place."""
        image = self._place.executor_image
        if image and (words := self._docker.entrypoint(image)):
            raise DockerError(f"{image} has the entrypoint {words[0]}, which runs in place of Mesos' executor")

    def _pull(self, task: Json) -> None:
        if task.get("force_pull") or not self._docker.has_image(task["image"]):
            self._docker.pull(task["image"], timeout=self._place.registration_timeout)
        self._docker.entrypoint(task["image"])

    def _resume(self, id: str) -> None:
        task = self._task(id)
        found = self._inspect(container_name(task["container_id"]))
        if found is None:
            return self._end(id, "TASK_LOST", "its container was not there when the agent recovered")
        if found["State"]["Status"] == "created":
            return self._end(id, "TASK_FAILED", "its container had not started when the agent stopped")
        if task["killed"] and found["State"]["Running"]:
            self._thread(self._stop, id, 0)
        return self._follow(id)

    def _follow(self, id: str) -> None:
        """From its start to its end."""
        task = self._task(id)
        name = container_name(task["container_id"])
        found = self._inspect(name)
        if found and found["State"]["Running"]:
            address = own_address(found) or self._place.ip
            self._store.update(id, state="TASK_RUNNING", address=address, changed=time.time())
            log(f"I Task {id} is running at {address}")
            if self._task(id)["killed"]:
                self._thread(self._stop, id, 0)
            if task.get("health"):
                self._thread(watch_health, self._store, id, lambda: self.kill(id))
        status = self._wait(name)
        if self._task(id)["killed"]:
            return self._end(id, "TASK_KILLED", "")
        if status == 0:
            return self._end(id, "TASK_FINISHED", "")
        return self._end(id, "TASK_FAILED", f"Container exited with status {status}")

    def _wait(self, name: str) -> int:
        """Its exit status, however often docker goes away meanwhile."""
        while True:
            try:
                return self._docker.wait(name)
            except DockerError as error:
                if error.status == 404:
                    return -1
                time.sleep(1)

    def _inspect(self, name: str) -> Json | None:
        """Waits for docker; None where there is no such container."""
        while True:
            try:
                return self._docker.inspect(name)
            except DockerError as error:
                if error.status == 404:
                    return None
                time.sleep(1)

    def _stop(self, id: str, grace: float) -> None:
        try:
            self._docker.stop(container_name(self._task(id)["container_id"]), int(grace))
        except DockerError as error:
            if error.status != 404:  # not there yet: the thread that makes it sees `killed`
                log(f"W Failed to stop task {id}: {error}")
                self._store.update(id, killed=False)

    def _end(self, id: str, state: str, message: str) -> None:
        log(f"I Task {id} ended: {state} {message}".rstrip())
        self._store.update(id, state=state, message=message, healthy=None, changed=time.time())

    def _task(self, id: str) -> Json:
        return self._store.get(id) or {"id": id, "container_id": "", "killed": True, "state": "TASK_LOST"}

    @staticmethod
    def _thread(target: object, *arguments: object) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]
