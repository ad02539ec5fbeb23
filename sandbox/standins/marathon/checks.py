"""The checks that Marathon makes itself, from the leader: HTTP and TCP, at the agent's address and the host port."""

import time
from concurrent.futures import ThreadPoolExecutor

from sandbox.standins.common.health import Health, http_ok, tcp_ok
from sandbox.standins.common.mesos import Json
from sandbox.standins.marathon import ids
from sandbox.standins.marathon.instances import MESOS_CHECKS, Instance
from sandbox.standins.marathon.networks import CONTAINER, mode


def own_checks(app: Json) -> list[Json]:
    return [check for check in app["healthChecks"] if check["protocol"] not in MESOS_CHECKS]


def target(app: Json, check: Json, instance: Instance) -> tuple[str, int]:
    """Host and port. Marathon asks the agent's address, except on a network that gives containers their own."""
    port = check.get("port")
    if mode(app) == CONTAINER:
        mapping = app["container"]["portMappings"][check.get("portIndex", 0)] if port is None else {}
        return instance.address, port if port is not None else mapping["containerPort"]
    return instance.kept["ip"], port if port is not None else instance.kept["ports"][check["portIndex"]]


class Checker:
    """`due` starts the checks whose time has come; `failed` holds the instances to be killed."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=16)
        self.failed: list[str] = []

    def due(self, app: Json, instance: Instance, now: float) -> None:
        checks = own_checks(app)
        if len(instance.checks) != len(checks):
            instance.checks = [_health(check, instance) for check in checks]
            instance.results = [{} for _ in checks]
        if instance.state != "TASK_RUNNING" or instance.killing:
            return
        for i, (check, health) in enumerate(zip(checks, instance.checks, strict=True)):
            if health.due(now):
                health.looked = now  # not again before it has answered
                self._pool.submit(self._look, app, check, i, instance)

    def _look(self, app: Json, check: Json, index: int, instance: Instance) -> None:
        host, port = target(app, check, instance)
        timeout = check["timeoutSeconds"]
        ok = (
            tcp_ok(host, port, timeout) if check["protocol"] == "TCP" else http_ok(host, port, check["path"], timeout)
        )
        now, health = time.time(), instance.checks[index]
        too_often = health.observe(ok, now)
        result = instance.results[index]
        result["lastSuccess" if ok else "lastFailure"] = ids.moment(now)
        if ok:
            result.setdefault("firstSuccess", ids.moment(now))
        if too_often:
            self.failed.append(instance.id)


def _health(check: Json, instance: Instance) -> Health:
    return Health(
        grace=check["gracePeriodSeconds"],
        interval=check["intervalSeconds"],
        most_failures=check["maxConsecutiveFailures"],
        since=instance.started or instance.kept["launched"],
    )
