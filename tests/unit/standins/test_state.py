"""The state of the leading master, with a clock of the test's own."""

from typing import Any

import pytest

from sandbox.standins.mesos_master.state import Misfit, State

INFO: dict[str, Any] = {
    "hostname": "slave-1", "ip": "10.0.0.10", "port": 5051, "attributes": {},
    "resources": {"cpus": 2.0, "mem": 512.0, "disk": 0.0, "ports": [[31000, 31003]]},
}  # fmt: skip


def task(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "cpus": 1, "mem": 64, "disk": 0, "ports": [], "framework_id": "f", **more}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"cpus": 1.5}, "cpus: 1.5 requested, 1.0 free on slave-1"),
        ({"mem": 500}, "mem: 500 requested, 448.0 free on slave-1"),
        ({"ports": [31001]}, "port 31001 is not free on slave-1"),
        ({"ports": [80]}, "port 80 is not free on slave-1"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(more: dict[str, Any], why: str) -> None:
    state = State("m", {}, 0)
    id = state.report("", INFO, [], 0).id
    state.reserve(id, task("a", ports=[31001]), 0)
    assert state.agents[id].free()["ports"] == [[31000, 31000], [31002, 31003]]
    with pytest.raises(Misfit, match=why):
        state.reserve(id, task("b", **more), 0)


def test_a_silent_agent_is_unreachable_until_it_reports() -> None:
    state = State("m", {}, 0)
    id = state.report("", INFO, [], 0).id
    assert state.sweep(10, ping=10, reregister=100) == []
    assert [agent.id for agent in state.sweep(11, ping=10, reregister=100)] == [id]
    with pytest.raises(Misfit, match="not active"):
        state.reserve(id, task("a"), 11)
    assert state.report(id, INFO, [], 12).active


def test_a_new_master_waits_for_the_agents_of_the_registry() -> None:
    state = State("m", {"old-S0": INFO}, 0)
    assert not state.agents["old-S0"].active
    assert state.sweep(99, ping=10, reregister=100) == []
    assert [agent.id for agent in state.sweep(101, ping=10, reregister=100)] == ["old-S0"]


def test_a_report_frees_what_has_ended_and_keeps_what_was_just_launched() -> None:
    state = State("m", {}, 0)
    id = state.report("", INFO, [], 0).id
    ended = {**task("a"), "state": "TASK_FINISHED", "launched": 0}
    state.reserve(id, task("b"), 1)
    agent = state.report(id, INFO, [ended], 2)
    assert agent.free()["cpus"] == 1
    assert set(agent.tasks) == {"a", "b"}
    assert set(state.report(id, INFO, [ended], 9).tasks) == {"a"}, "a task that its agent never had is removed"


def test_a_new_agent_at_the_address_of_another_takes_its_place() -> None:
    state = State("m", {"old-S0": INFO}, 0)
    first = state.report("", INFO, [], 0).id
    assert state.report("", INFO, [], 1).id == first, "it registers again"
    state.reserve(first, task("a"), 1)
    second = state.report("", INFO, [], 2).id
    assert list(state.agents) == [second] != [first]
