"""Which instances Marathon gives up and which it waits for."""

from typing import Any, cast

import pytest

from sandbox.standins.marathon.apps import normalise
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.master import LeadingMaster
from sandbox.standins.marathon.scheduler import Scheduler
from sandbox.standins.marathon.store import Store
from tests.unit.standins.cluster import app
from tests.unit.standins.memory import Session, Tree


class FakeMaster:
    """One agent, in the state that a test gives it; accepts every order."""

    def __init__(self) -> None:
        self.agent: dict[str, Any] = {
            "id": "S0", "hostname": "slave-1", "ip": "10.0.0.10", "attributes": {}, "here": True, "reachable": True,
            "connected": True, "tasks": [],
            "free": {"cpus": 9, "mem": 999, "disk": 9, "ports": [[31000, 31009]]},
        }  # fmt: skip
        self.launched: list[str] = []

    def snapshot(self) -> dict[str, Any]:
        return {"recovered": True, "agents": [self.agent]}

    def launch(self, _agent: str, task: dict[str, Any]) -> None:
        self.launched.append(task["id"])

    def kill(self, _task: str, _grace: float) -> None:
        pass


@pytest.mark.parametrize(
    ("change", "launches"),
    [
        ({}, 2),  # its agent reports without it
        ({"here": False, "connected": False}, 1),  # it has not reported to a new master yet
        ({"reachable": False, "connected": False}, 1),  # lost, without another agent
        ({"id": "S1"}, 2),  # another agent in its place
    ],
)
def test_an_instance_that_its_agent_does_not_report(change: dict[str, Any], launches: int) -> None:
    store, master, now = Store(Session(Tree()), "/marathon"), FakeMaster(), [0.0]
    groups = Groups(store, range(10000, 10010))
    scheduler = Scheduler(groups, store, cast(LeadingMaster, master), lambda: now[0])
    groups.change(normalise(app()), force=False)
    scheduler.look()
    master.agent |= change
    now[0] = 11
    scheduler.look()
    assert len(master.launched) == launches
    assert (master.launched[0] in groups.instances) is (change.get("here") is False)
