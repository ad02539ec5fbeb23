"""The checks that Marathon makes itself, from the leader: HTTP, at the agent's address and the host port."""

import time
from concurrent.futures import ThreadPoolExecutor

from sandbox.standins.common.health import Health, http_ok
from sandbox.standins.common.mesos import Json
from sandbox.standins.marathon.instances import MESOS_CHECK, Instance


def own_checks(app: Json) -> list[Json]:
    return [check for check in app["healthChecks"] if check["protocol"] != MESOS_CHECK]


class Checker:
    """`due` starts the checks whose time has come; `failed` holds the instances to be killed."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=16)
        self.failed: list[str] = []

    def due(self, app: Json, instance: Instance, now: float) -> None:
        checks = own_checks(app)
        if len(instance.checks) != len(checks):
            instance.checks = [_health(check, instance) for check in checks]
        if instance.state != "TASK_RUNNING" or instance.killing:
            return
        for i, (check, health) in enumerate(zip(checks, instance.checks, strict=True)):
            if health.due(now):
                health.looked = now  # not again before it has answered
                self._pool.submit(self._look, check, i, instance)

    def _look(self, check: Json, index: int, instance: Instance) -> None:
        port = check["port"] if "port" in check else instance.kept["ports"][check["portIndex"]]
        ok = http_ok(instance.kept["ip"], port, check["path"], check["timeoutSeconds"])
        if instance.checks[index].observe(ok, time.time()):
            self.failed.append(instance.id)


def _health(check: Json, instance: Instance) -> Health:
    return Health(
        grace=check["gracePeriodSeconds"],
        interval=check["intervalSeconds"],
        most_failures=check["maxConsecutiveFailures"],
        since=instance.started or instance.kept["launched"],
    )
