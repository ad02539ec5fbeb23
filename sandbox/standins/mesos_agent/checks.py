"""The health checks that Mesos makes on the agent: MESOS_HTTP, MESOS_TCP, COMMAND."""

import time
from collections.abc import Callable

from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.health import Health, http_ok, tcp_ok
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import TERMINAL, Json
from sandbox.standins.mesos_agent.container import container_name
from sandbox.standins.mesos_agent.store import Store


def watch_health(store: Store, id: str, docker: Docker, kill: Callable[[], None]) -> None:
    """Checks the task until it ends. The check runs beside the container: at its address and its own port."""
    first = store.get(id)
    if first is None:
        return None
    check = first["health"]
    health = Health(
        grace=check["grace"], interval=check["interval"], most_failures=check["failures"], since=time.time()
    )
    time.sleep(check["delay"])
    while (task := store.get(id)) and task["state"] not in TERMINAL and not task["killed"]:
        too_often = health.observe(_passes(check, task, docker), time.time())
        if task.get("healthy") != health.healthy:
            log(f"I Task {id} is {'healthy' if health.healthy else 'unhealthy'}")
            store.update(id, healthy=health.healthy)
        if too_often:
            log(f"W Task {id} failed its health check {health.failures} times in a row")
            return kill()
        time.sleep(check["interval"])
    return None


def _passes(check: Json, task: Json, docker: Docker) -> bool:
    kind, timeout = check["protocol"], check["timeout"]
    if kind == "COMMAND":
        try:
            command = ["/bin/sh", "-c", check["command"]]
            return docker.execute(container_name(task["container_id"]), command, timeout=timeout) == 0
        except DockerError:
            return False
    if kind == "MESOS_TCP":
        return tcp_ok(task["address"], check["port"], timeout)
    return http_ok(task["address"], check["port"], check["path"], timeout)
