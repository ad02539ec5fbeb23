"""The health checks that Mesos makes on the agent: MESOS_HTTP."""

import time
from collections.abc import Callable

from sandbox.standins.common.health import Health, http_ok
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import TERMINAL
from sandbox.standins.mesos_agent.store import Store


def watch_health(store: Store, id: str, kill: Callable[[], None]) -> None:
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
        too_often = health.observe(
            http_ok(task["address"], check["port"], check["path"], check["timeout"]), time.time()
        )
        if task.get("healthy") != health.healthy:
            log(f"I Task {id} is {'healthy' if health.healthy else 'unhealthy'}")
            store.update(id, healthy=health.healthy)
        if too_often:
            log(f"W Task {id} failed its health check {health.failures} times in a row")
            return kill()
        time.sleep(check["interval"])
    return None
