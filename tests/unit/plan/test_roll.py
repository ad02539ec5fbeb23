"""The order in which nodes that exist take changes, and what can't be ordered."""

from collections.abc import Sequence

import pytest

from infra.config.settings import SettingsError
from infra.plan.roll import Made, Roll, routers
from tests.unit.existing import existing
from tests.unit.plans import plan


def roll(*existing: str, **changes: object) -> Roll:
    """Of a stack without Mesos whose nodes of these names exist."""
    return Roll.of(
        plan(**{"services": ["zookeeper"], **changes}), {name: Made(services=["zookeeper"]) for name in existing}
    )


def names(masters: int, slaves: int) -> list[str]:
    return [f"master-{n + 1}" for n in range(masters)] + [f"slave-{n + 1}" for n in range(slaves)]


@pytest.mark.parametrize(
    ("most", "existing", "waits"),
    [
        (1, [], {}),
        (
            1,
            names(3, 2),
            {
                "master-2": ["master-1"],
                "master-3": ["master-2"],
                "slave-1": ["master-3"],
                "slave-2": ["slave-1"],
            },
        ),
        # slave-2 waits for no gate of slave-1, but slave-4 for both, or it would change after slave-1 has failed
        (
            2,
            names(1, 5),
            {
                "slave-1": ["master-1"],
                "slave-2": ["master-1"],
                "slave-3": ["slave-1"],
                "slave-4": ["slave-1", "slave-2"],
                "slave-5": ["slave-2", "slave-3"],
            },
        ),
        (9, names(1, 3), {"slave-1": ["master-1"], "slave-2": ["master-1"], "slave-3": ["master-1"]}),
        # a new slave and new masters wait for nobody, and nobody for them
        (1, names(1, 1), {"slave-1": ["master-1"]}),
        (1, ["slave-1", "slave-3"], {"slave-3": ["slave-1"]}),
        # what is no longer planned is not waited for
        (1, ["master-1", "slave-1", "slave-9"], {"slave-1": ["master-1"]}),
    ],
)
def test_a_node_that_exists_waits_for_the_ones_before_it(
    most: int, existing: Sequence[str], waits: dict[str, list[str]]
) -> None:
    masters = max(1, sum(name.startswith("master") for name in existing))
    found = roll(*existing, masterCount=max(masters, 3), slaveCount=5, maxUnavailable=most).waits()
    assert {name: list(before) for name, before in found.items() if before} == waits
    assert set(found) == {*names(3, 5)}


@pytest.mark.parametrize(
    ("most", "existing", "notes"),
    [
        (1, [], []),
        (1, ["master-1"], []),
        (1, names(3, 2), ["changes to nodes that exist roll: master-1, master-2, master-3, then slave-1, slave-2"]),
        (2, names(1, 3), ["changes to nodes that exist roll: master-1, then slave-1, slave-2, slave-3, 2 at a time"]),
        (2, names(1, 1), ["changes to nodes that exist roll: master-1, then slave-1"]),
    ],
)
def test_the_order_is_noted_in_one_line_once_nodes_exist(
    most: int, existing: Sequence[str], notes: list[str]
) -> None:
    assert list(roll(*existing, slaveCount=3, maxUnavailable=most).notes()) == notes


@pytest.mark.parametrize(("key", "value"), [("weavePassword", "another password"), ("weaveMtu", 1400)])
def test_what_disconnects_routers_that_differ_in_it_changes_all_of_them_at_once(key: str, value: object) -> None:
    before = plan()
    services = before.settings.services
    existing = {node.name: Made(routers=routers(before.settings), services=services) for node in before.nodes}
    assert Roll.of(before, existing).together == ()
    changed = Roll.of(plan(**{key: value}), existing)
    assert changed.together == (key,)
    assert list(changed.notes())[1].startswith(f"{key} changes: every router restarts at once; containers on")


def test_routers_of_which_nothing_is_known_count_as_unchanged() -> None:
    assert roll(*names(3, 2)).together == ()


@pytest.mark.parametrize(
    ("before", "after"), [(0, 7), (1, 1), (1, 3), (3, 1), (3, 5), (5, 3), (5, 7), (7, 5), (3, 3), (7, 7)]
)
def test_two_masters_more_or_fewer_keep_a_majority(before: int, after: int) -> None:
    roll(*names(before, 1), masterCount=after)


@pytest.mark.parametrize(("before", "after", "near"), [(5, 1, 3), (7, 1, 5), (3, 7, 5), (1, 5, 3), (1, 7, 3)])
def test_other_changes_of_the_masters_number_are_refused_with_the_next_one(
    before: int, after: int, near: int
) -> None:
    with pytest.raises(
        SettingsError, match=rf"^masterCount is {after} and {before} masters run: .* set it to {near},"
    ):
        roll(*names(before, 1), masterCount=after)


def moved(name: str, address: str, **changes: object) -> str:
    """Why a change is refused that finds a node of this name at this address; "" if it is not."""
    try:
        Roll.of(plan(masterCount=3, slaveCount=4, **changes), {name: Made(address=address)})
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("name", "address", "changes", "parts"),
    [
        ("slave-4", "10.0.0.16", {}, []),
        ("slave-3", "10.0.64.15", {"zones": ["a", "b", "c", "d"]}, []),
        ("slave-4", "", {}, []),
        (
            "slave-4",
            "10.0.0.16",
            {"zones": ["a", "b", "c", "d"]},
            ["zones moves slave-4 from 10.0.0.16 to 10.0.96.16", "set zones back, add 4 to retiredSlaves"],
        ),
        ("master-2", "10.0.32.5", {"zones": ["a"]}, ["zones moves master-2", "launch another stack"]),
        (
            "slave-3",
            "10.9.2.15",
            existing(),
            ["zones or subnetCidrs moves slave-3 from 10.9.2.15 to 10.9.8.15", "set zones or subnetCidrs back"],
        ),
        ("master-1", "10.9.0.4", {}, ["vpcCidr moves master-1 from 10.9.0.4 to 10.0.0.4", "launch another stack"]),
    ],
)
def test_a_node_that_exists_keeps_its_address(
    name: str, address: str, changes: dict[str, object], parts: list[str]
) -> None:
    refused = moved(name, address, **changes)
    assert all(part in refused for part in parts)
    assert bool(refused) == bool(parts)


def test_a_single_master_of_mesos_gets_no_others() -> None:
    with pytest.raises(SettingsError, match=r"^masterCount is 3 and one master runs: Mesos cannot add masters"):
        roll(*names(1, 1), masterCount=3, services=["zookeeper", "mesos"])


def test_masters_from_which_others_leave_change_at_once() -> None:
    shrinking = roll(*names(5, 2), masterCount=3)
    masters = ("master-1", "master-2", "master-3")
    assert {name: before for name, before in shrinking.waits().items() if before} == {
        "slave-1": masters,
        "slave-2": ("slave-1",),
    }
    assert "masters leave: the services of all other masters restart at once, and elect new leaders" in list(
        shrinking.notes()
    )


def test_a_node_whose_gate_has_never_passed_is_new() -> None:
    existing = {name: Made(services=None if name == "master-2" else []) for name in names(3, 1)}
    found = Roll.of(plan(masterCount=3, slaveCount=1, services=[]), existing).waits()
    assert found == {"master-1": (), "master-2": (), "master-3": ("master-1",), "slave-1": ("master-3",)}


@pytest.mark.parametrize(("services", "starts"), [(["consul"], ()), (["consul", "zookeeper"], ("zookeeper",))])
def test_masters_change_at_once_when_a_service_is_new_whose_members_need_each_other(
    services: list[str], starts: tuple[str, ...]
) -> None:
    existing = {name: Made(services=["consul"]) for name in names(3, 1)}
    changed = Roll.of(plan(masterCount=3, slaveCount=1, services=services), existing)
    assert changed.starts == starts
    assert changed.waits()["master-2"] == (() if starts else ("master-1",))
    assert changed.waits()["slave-1"] == (("master-1", "master-2", "master-3") if starts else ("master-3",))
