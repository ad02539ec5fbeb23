"""Drains in the graph: which changes run one, what waits for it, and what comes after it."""

import pytest

from tests.unit.program import Recording, config, launch

SERVICES = {"services": ["consul", "haproxy"], "masterCount": 1}
CHANGES: list[tuple[dict[str, object], set[str]]] = [
    ({"images": {"haproxy": "haproxy:3.3"}}, {"out"}),
    ({"images": {"consul": "hashicorp/consul:1.23.0"}}, {"out"}),
    ({"weaveImage": "rajchaudhuri/weave:2.9.1"}, {"out"}),
    ({"slaveInstanceType": "t3.large"}, {"move", "out"}),
    ({"ami": "ami-0fedcba9876543210"}, {"move", "out"}),
    ({"consulDomain": "internal"}, {"out"}),
    ({"haproxyMaxConnections": 100}, set()),
    ({"drainSeconds": 5}, set()),
    ({"masterInstanceType": "t3.large"}, set()),
    ({"weaveMtu": 8000}, {"move", "out"}),
    ({"weavePassword": "another password"}, set()),
    ({"slaveCount": 3}, set()),
]


@pytest.fixture(scope="module")
def first() -> Recording:
    return launch(config(**SERVICES))


def drains(recording: Recording, last: Recording) -> set[str]:
    """The verbs of slave-1's commands that the engine runs: it compares what is not ignored."""
    return {
        verb
        for verb in ("move", "out")
        if (command := recording.commands[f"slave-1-{verb}"]).inputs != last.commands[f"slave-1-{verb}"].inputs
        and "update" not in command.ignore_changes
    }


def test_a_first_launch_drains_nothing_and_waits_for_no_drain(first: Recording) -> None:
    for verb in ("move", "out", "back"):
        assert "create" not in first.commands[f"slave-2-{verb}"].inputs
    waiting = {name for name, one in first.commands.items() if {"slave-1-move", "slave-1-out"} & one.dependencies}
    assert waiting == {"slave-1-out", "slave-1-back"}


@pytest.mark.parametrize(("change", "verbs"), CHANGES, ids=[next(iter(change)) for change, _ in CHANGES])
def test_a_change_drains_a_slave_only_if_it_interrupts_it(
    change: dict[str, object], verbs: set[str], first: Recording
) -> None:
    assert drains(launch(config(**{**SERVICES, **change}), after=first), first) == verbs


def test_a_change_comes_after_the_drain_and_the_next_slave_after_the_return(first: Recording) -> None:
    changed = launch(config(**SERVICES, slaveInstanceType="t3.large"), after=first)
    assert "slave-1-out" in changed.instances["slave-1"].dependencies
    assert "slave-1-out" in changed.commands["slave-1-base-packages"].dependencies
    assert "slave-1-move" in changed.commands["slave-1-out"].dependencies
    assert {"slave-1-gate", "slave-1-out"} <= changed.commands["slave-1-back"].dependencies
    assert "slave-1-back" in changed.commands["slave-2-move"].dependencies
    assert "slave-2-back" in changed.commands["master-1-scale-in"].dependencies


def test_an_instance_that_does_not_change_waits_for_no_drain(first: Recording) -> None:
    changed = launch(config(**SERVICES, images={"haproxy": "haproxy:3.3"}), after=first)
    assert "slave-1-out" not in changed.instances["slave-1"].dependencies


def test_another_connection_to_the_master_runs_no_drain(first: Recording) -> None:
    again = launch(config(**SERVICES), after=first)
    assert again.commands["slave-1-out"].ignore_changes == ("connection", "update")
    assert again.commands["slave-1-back"].ignore_changes == ()


def test_a_return_runs_again_after_each_drain(first: Recording) -> None:
    text = first.commands["slave-1-back"].inputs["update"]
    assert text.startswith("# after what slave-1-move printed what slave-1-out printed\n")
    assert "apollo-drain back slave-1" in text


def test_a_stack_without_consul_has_no_drain() -> None:
    commands = launch(config(services=["zookeeper", "mesos"])).commands
    assert not {name for name in commands if name.endswith(("-move", "-out", "-back", "-drain"))}
