"""One run of an app, and which runs to start and to stop for an app to be as it is defined."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.standins.common.health import Health
from sandbox.standins.common.mesos import Json


@dataclass(kw_only=True)
class Instance:
    """`kept` is what the store holds: id, app, config, version, launched, ports, and its agent's agent_id, hostname,
    ip and attributes."""

    kept: Json
    state: str = "TASK_STAGING"
    address: str = ""
    started: float | None = None
    mesos_healthy: bool | None = None
    checks: list[Health] = field(default_factory=list)  # Marathon's own, in the order of the definition's
    killing: bool = False

    @property
    def id(self) -> str:
        return str(self.kept["id"])

    def healthy(self, definition: Json) -> bool | None:
        """None: not known yet, or the app has no checks."""
        if not definition["healthChecks"]:
            return None
        found = [check.healthy for check in self.checks]
        if any(check["protocol"] == MESOS_CHECK for check in definition["healthChecks"]):
            found.append(self.mesos_healthy)
        if False in found:
            return False
        return None if None in found else True

    def ready(self, definition: Json) -> bool:
        running = self.state == "TASK_RUNNING" and not self.killing
        return running and (not definition["healthChecks"] or self.healthy(definition) is True)


MESOS_CHECK = "MESOS_HTTP"


@dataclass(frozen=True, kw_only=True)
class Plan:
    launch: int
    kill: tuple[Instance, ...]


def plan(app: Json, instances: Sequence[Instance]) -> Plan:
    """`app` has config (the version of its last change other than in scale); `instances` are its own."""
    live = [instance for instance in instances if not instance.killing]
    current = [instance for instance in live if instance.kept["config"] == app["config"]]
    old = [instance for instance in live if instance.kept["config"] != app["config"]]
    wanted = int(app["instances"])
    surplus = _first_to_go(app, current)[: max(0, len(current) - wanted)]
    if not old:
        return Plan(launch=max(0, wanted - len(current)), kill=tuple(surplus))
    return _upgrade(app, wanted, current, old, surplus)


def _upgrade(app: Json, wanted: int, current: list[Instance], old: list[Instance], surplus: list[Instance]) -> Plan:
    """Never fewer ready than minimumHealthCapacity, never more at all than maximumOverCapacity allows."""
    strategy = app["upgradeStrategy"]
    fewest = math.ceil(wanted * strategy["minimumHealthCapacity"])
    most = math.floor(wanted * (1 + strategy["maximumOverCapacity"]))
    if most == fewest:
        most += 1  # as Marathon: without room, the upgrade could not begin
    ready = sum(instance.ready(app) for instance in (*current, *old))
    spare = max(0, ready - fewest)
    idle = [instance for instance in old if not instance.ready(app)]
    busy = sorted((instance for instance in old if instance.ready(app)), key=lambda i: float(i.kept["launched"]))
    room = most - len(current) - len(old)
    return Plan(
        launch=max(0, min(wanted - len(current), room)),
        kill=(*surplus, *idle, *busy[:spare]),
    )


def _first_to_go(app: Json, instances: list[Instance]) -> list[Instance]:
    """Those that are not ready first, then the youngest."""
    return sorted(instances, key=lambda each: (each.ready(app), -float(each.kept["launched"])))


def settled(app: Json, instances: Sequence[Instance]) -> bool:
    """Whether the app is as it is defined, which ends a deployment."""
    right = [each for each in instances if each.kept["config"] == app["config"] and each.ready(app)]
    return len(right) == len(instances) == int(app["instances"])


def delay(app: Json, failures: int) -> float:
    """Seconds to wait before the next launch, after so many failures in a row."""
    if not failures:
        return 0
    grown = app["backoffSeconds"] * app["backoffFactor"] ** min(failures - 1, 1000)
    return float(min(grown, app["maxLaunchDelaySeconds"]))
