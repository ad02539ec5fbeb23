"""The roll in the graph: which node's resources wait for which node's gate."""

import pytest

from tests.unit.program import Recording, config, launch

NETWORK_ALONE = {"services": [], "masterCount": 3}


def gates(recording: Recording, *nodes: str) -> dict[str, set[str]]:
    """The gates of other nodes that each resource of these nodes depends on directly, without those of none."""
    found = {
        name: {other for other in one.dependencies if other.endswith("-gate") and not other.startswith(node)}
        for node in nodes
        for (_, name), one in recording.resources.items()
        if name.startswith(node)
    }
    return {
        name: others for name, others in found.items() if others and not name.endswith(("scale-in", "consul-revoke"))
    }


def waits(recording: Recording) -> dict[str, set[str]]:
    """By node, the nodes whose gates its first step waits for."""
    found = {
        name.removesuffix("-base-packages"): {
            other.removesuffix("-gate") for other in one.dependencies if other.endswith("-gate")
        }
        for name, one in recording.commands.items()
        if name.endswith("-base-packages")
    }
    return {name: others for name, others in found.items() if others}


@pytest.fixture(scope="module")
def first() -> Recording:
    return launch(config(**NETWORK_ALONE))


def test_nothing_waits_for_another_node_in_a_first_launch(first: Recording) -> None:
    assert gates(first, *first.outputs["nodes"]) == {}


def test_nodes_that_exist_wait_for_each_other_and_their_instances_for_nobody(first: Recording) -> None:
    again = launch(config(**NETWORK_ALONE), after=first)
    assert waits(again) == {
        "master-2": {"master-1"},
        "master-3": {"master-2"},
        "slave-1": {"master-3"},
        "slave-2": {"slave-1"},
    }
    assert gates(again, "slave-2") == {"slave-2-base-packages": {"slave-1-gate"}}
    texts = {name: one.inputs for name, one in first.commands.items()}
    assert texts == {name: one.inputs for name, one in again.commands.items()}
    assert first.outputs == again.outputs


def test_new_nodes_wait_for_nobody_and_nobody_waits_for_them(first: Recording) -> None:
    more = launch(config(**{**NETWORK_ALONE, "masterCount": 5, "slaveCount": 4}), after=first)
    assert set(waits(more)) == {"master-2", "master-3", "slave-1", "slave-2"}
    assert set().union(*waits(more).values()) == {"master-1", "master-2", "master-3", "slave-1"}


def test_slaves_change_as_many_at_once_as_config_allows() -> None:
    values = config(services=[], masterCount=1, slaveCount=4, maxUnavailable=2)
    assert waits(launch(values, after=launch(values))) == {
        "slave-1": {"master-1"},
        "slave-2": {"master-1"},
        "slave-3": {"slave-1"},
        "slave-4": {"slave-1", "slave-2"},
    }


@pytest.mark.parametrize(
    "change", [{"ami": "ami-0fedcba9876543210"}, {"slaveInstanceType": "t3.large"}, {"zones": ["b", "a", "c"]}]
)
def test_an_instance_waits_when_it_is_stopped_or_replaced(first: Recording, change: dict[str, object]) -> None:
    changed = launch(config(**NETWORK_ALONE, **change), after=first)
    assert gates(changed, "slave-1")["slave-1"] == {"master-3-gate"}
    assert gates(changed, "slave-2")["slave-2"] == {"slave-1-gate"}


@pytest.mark.parametrize("change", [{"weavePassword": "another password"}, {"weaveMtu": 1400}])
def test_all_routers_change_at_once_and_what_follows_rolls(first: Recording, change: dict[str, object]) -> None:
    changed = launch(config(**NETWORK_ALONE, **change), after=first)
    waiting = gates(changed, "slave-2")
    assert not {f"slave-2-{step}" for step in ("base-packages", "weave-bridge", "weave-router")} & set(waiting)
    assert waiting["slave-2-docker"] == {"slave-1-gate"}


def test_a_gate_changes_with_each_step_of_its_node_and_with_each_secret(first: Recording) -> None:
    for change in ({"weaveMtu": 1400}, {"weavePassword": "another password"}):
        changed = launch(config(**NETWORK_ALONE, **change))
        gate = "slave-1-gate"
        before, after = (each.commands[gate].inputs["create"].splitlines() for each in (first, changed))
        assert {line.split()[1] for line in set(after) - set(before)} >= {"weave-router"}
        assert "another password" not in "\n".join(after)


@pytest.mark.parametrize("change", [{"slaveInstanceType": "t3.large"}, {"rootVolumeGb": 60}])
def test_a_gate_runs_again_after_a_change_of_its_instance(first: Recording, change: dict[str, object]) -> None:
    changed = launch(config(**NETWORK_ALONE, **change), after=first)
    before, after = (each.commands["slave-2-gate"].inputs["triggers"] for each in (first, changed))
    assert before != after
    assert first.commands["slave-2-weave-router"].inputs == changed.commands["slave-2-weave-router"].inputs


def test_masters_that_join_follow_in_zookeeper_first_and_have_a_part_of_mesos_log_last() -> None:
    services = ["zookeeper", "mesos"]
    before = launch(config(services=services, masterCount=3, slaveCount=0))
    commands = launch(config(services=services, masterCount=5, slaveCount=0), after=before).commands
    for master in ("master-1", "master-2", "master-3"):
        assert {"master-4-zookeeper", "master-5-zookeeper"} <= commands[f"{master}-zookeeper"].dependencies
    for master in ("master-4", "master-5"):
        assert "master-3-gate" in commands[f"{master}-mesos-master"].dependencies
        assert not {name for name in commands[f"{master}-zookeeper"].dependencies if not name.startswith(master)}
