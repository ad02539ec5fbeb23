"""What is to be started and stopped, as tables."""

from typing import Any

import pytest

from sandbox.standins.common.health import Health
from sandbox.standins.marathon.instances import Instance, plan


def instance(name: str, *, config: str = "new", state: str = "TASK_RUNNING", healthy: bool | None = None) -> Instance:
    kept = {"id": name, "config": config, "launched": float(name[1:])}
    checks = [] if healthy is None else [Health(healthy=healthy)]
    return Instance(kept=kept, state=state, checks=checks)


def app(instances: int, least: float = 1, over: float = 1, check: bool = False) -> Any:
    strategy = {"minimumHealthCapacity": least, "maximumOverCapacity": over}
    checks = [{"protocol": "HTTP"}] if check else []
    return {"instances": instances, "config": "new", "upgradeStrategy": strategy, "healthChecks": checks}


STAGING: Any = {"state": "TASK_STAGING"}
OLD: Any = {"config": "old"}


@pytest.mark.parametrize(
    ("definition", "instances", "launch", "kill"),
    [
        (app(2), [], 2, []),
        (app(2), [instance("i1")], 1, []),
        (app(1), [instance("i1"), instance("i2")], 0, ["i2"]),
        (app(1), [instance("i1", **STAGING), instance("i2")], 0, ["i1"]),
        # an upgrade: none is stopped before its successor is ready
        (app(2), [instance("i1", **OLD), instance("i2", **OLD)], 2, []),
        (app(2, over=0.5), [instance("i1", **OLD), instance("i2", **OLD)], 1, []),
        (app(2, least=0.5, over=0), [instance("i1", **OLD), instance("i2", **OLD)], 0, ["i1"]),
        (app(2, over=0.5), [instance("i1", **OLD), instance("i2", **OLD), instance("i3")], 0, ["i1"]),
        (app(2), [instance("i1", **OLD), instance("i3", **STAGING), instance("i4", **STAGING)], 0, []),
        (app(2), [instance("i1", **OLD), instance("i3"), instance("i4")], 0, ["i1"]),
        # with health checks, ready means healthy
        (app(1, check=True), [instance("i1", healthy=True, **OLD), instance("i2", healthy=False)], 0, []),
        (app(1, check=True), [instance("i1", healthy=True, **OLD), instance("i2", healthy=True)], 0, ["i1"]),
    ],
)
def test_what_is_started_and_stopped(
    definition: Any, instances: list[Instance], launch: int, kill: list[str]
) -> None:
    decided = plan(definition, instances)
    assert (decided.launch, [each.id for each in decided.kill]) == (launch, kill)


@pytest.mark.parametrize(
    ("row", "healthy", "kills"),
    [
        ("......", None, False),  # in the grace period, before any success
        ("......f", False, False),
        ("......fff", False, True),
        ("+f", False, False),  # after a success the grace period is over
        ("+fff", False, True),
        ("+ff+ff", False, False),
        ("+ff+", True, False),
    ],
)
def test_a_row_of_checks_means(row: str, healthy: bool | None, kills: bool) -> None:
    """`.`: a failure in the grace period of 10 seconds, `f`: any failure, `+`: a success."""
    health, killed = Health(grace=10, interval=1, most_failures=3, since=0), False
    for i, mark in enumerate(row):
        killed = health.observe(mark == "+", 20 + i if mark == "f" and "+" not in row else i)
    assert (health.healthy, killed) == (healthy, kills)
