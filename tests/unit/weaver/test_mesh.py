"""Which peers are known, which are dialled, and when: without a network."""

from dataclasses import replace

import pytest

from sandbox.weaver.link import Connection
from sandbox.weaver.targets import NEVER, Target, resolve
from sandbox.weaver.topology import from_wire, to_wire
from tests.unit.weaver.meshes import connection, link, mesh_of, record


def test_a_newer_record_takes_the_older_ones_place_and_a_restart_beats_any_version() -> None:
    mesh = mesh_of(connection("a", "10.0.0.1:6783", outbound=True))
    topology = mesh.topology
    assert topology.merge([record("a", version=5)])
    assert not topology.merge([record("a", version=4)])
    assert topology.merge([record("a", uid=2, version=1)])
    assert not topology.merge([record("a", uid=1, version=99)])


def test_no_other_router_writes_our_own_record() -> None:
    mesh = mesh_of()
    assert mesh.topology.merge([record("m", uid=9)]) == []
    assert mesh.topology.ourself.uid == 1


def test_a_router_that_cannot_be_reached_any_more_is_forgotten() -> None:
    mesh = mesh_of(connection("a", "10.0.0.1:6783", outbound=True))
    mesh.topology.merge([record("a", link("b"), version=2), record("b", version=2)])
    assert set(mesh.topology.records) == {"m", "a", "b"}
    mesh.topology.merge([record("a", version=3)])
    assert set(mesh.topology.records) == {"m", "a"}
    mesh.topology.set_links([])
    assert set(mesh.topology.records) == {"m"}


def test_a_record_survives_the_wire() -> None:
    original = record("a", link("b"))
    assert from_wire(to_wire(original)) == original


def test_peers_of_peers_are_dialled_at_the_port_of_the_router() -> None:
    mesh = mesh_of(connection("a", "10.0.0.1:6783", outbound=True))
    called = link("b", "10.0.0.2:6783")
    caller = link("c", "10.0.0.3:51000", outbound=False)
    mesh.topology.merge([record("a", called, caller, link("m"), version=2)])
    assert mesh.wanted() == {"10.0.0.2:6783", "10.0.0.3:6783"}


@pytest.mark.parametrize(("given", "dialled"), [("10.0.0.1", set()), ("10.0.0.1:6783", {"10.0.0.1:6783"})])
def test_a_peer_that_has_called_is_not_dialled_unless_a_port_was_given(given: str, dialled: set[str]) -> None:
    mesh = mesh_of(connection("a", "10.0.0.1:51000", outbound=False))
    assert mesh.connect([given]) == []
    assert mesh.wanted() == dialled


def test_both_ends_of_two_crossing_connections_keep_the_same_one() -> None:
    """`a` and `m` dialled each other: what `a` dialled stays, at both ends, whichever came first."""
    at_m = [connection("a", "10.0.0.1:51000", outbound=False), connection("a", "10.0.0.1:6783", outbound=True)]
    at_a = [connection("m", "10.0.0.2:6783", outbound=True), connection("m", "10.0.0.2:51001", outbound=False)]
    ends: list[tuple[list[Connection], str]] = [(at_m, "m"), (at_a, "a")]
    for (first, second), name in ends:
        reason, loser = mesh_of(first, name=name).complaint_about(second)
        assert reason.startswith("Multiple connections to")
        assert loser is None
        reason, loser = mesh_of(second, name=name).complaint_about(first)
        assert not reason
        assert loser is second


def test_a_second_connection_from_the_same_side_takes_the_place_of_a_ghost() -> None:
    ghost = connection("a", "10.0.0.1:51000", outbound=False)
    fresh = connection("a", "10.0.0.1:52000", outbound=False)
    assert mesh_of(ghost).complaint_about(fresh) == ("", ghost)


def test_the_connection_limit_counts_peers() -> None:
    mesh = mesh_of(connection("a", "10.0.0.1:51000", outbound=False), limit=1)
    reason, _ = mesh.complaint_about(connection("b", "10.0.0.2:51000", outbound=False))
    assert reason == "Connection limit reached (1)"


def test_a_target_is_due_at_once_then_later_and_later() -> None:
    now = [100.0]
    target = Target(clock=lambda: now[0])
    target.try_now()
    assert target.try_after == 100
    spans = []
    for _ in range(20):
        target.try_later("refused")
        spans.append((target.try_after - now[0], target.interval))
    assert 1 <= spans[0][0] <= 3
    assert spans[-1][1] == 360
    assert target.state() == "failed"


@pytest.mark.parametrize(("held", "wait"), [(61, 0), (5, 1)])
def test_a_connection_that_held_is_dialled_again_at_once_and_a_short_one_later(held: float, wait: float) -> None:
    now = [100.0]
    target = Target(clock=lambda: now[0])
    target.try_now()
    now[0] += held
    target.ended("gone")
    assert target.try_after - now[0] >= wait
    assert (target.try_after == now[0]) is (wait == 0)


def test_due_targets_are_marked_and_the_next_moment_is_returned() -> None:
    mesh = mesh_of()
    mesh.connect(["10.0.0.1", "10.0.0.2"])
    due, later = mesh.due(5.0)
    assert (set(due), later) == ({"10.0.0.1:6783", "10.0.0.2:6783"}, NEVER)
    assert mesh.due(6.0) == ([], NEVER)
    mesh.targets["10.0.0.1:6783"].try_later("refused")
    due, later = mesh.due(mesh.targets["10.0.0.1:6783"].try_after - 1)
    assert (due, later) == ([], mesh.targets["10.0.0.1:6783"].try_after)
    mesh.forget(["10.0.0.1"])
    mesh.due(7.0)
    assert "10.0.0.1:6783" not in mesh.targets


@pytest.mark.parametrize("peer", ["", ":6783", "a:b:c", "10.0.0.1:-5"])
def test_a_malformed_peer_is_an_error_in_the_words_of_weaver(peer: str) -> None:
    with pytest.raises(ValueError, match=r"should be host\[:port\]"):
        resolve(peer, 6783)
    assert "should be host" in mesh_of().connect([peer])[0]


def test_replace_changes_the_uid_only_through_a_new_record() -> None:
    assert replace(record("a"), uid=7).is_newer_than(record("a", version=100))
