"""Which peers are known, which are dialled, and when: without a network."""

import pytest

from sandbox.weaver.link import Connection
from sandbox.weaver.targets import Target
from tests.unit.weaver.meshes import connection, mesh_of, record


def test_a_newer_record_takes_the_older_ones_place_and_a_restart_beats_any_version() -> None:
    mesh = mesh_of(connection("a", "10.0.0.1:6783", outbound=True))
    topology = mesh.topology
    assert topology.merge([record("a", version=5)])
    assert not topology.merge([record("a", version=4)])
    assert topology.merge([record("a", uid=2, version=1)])
    assert not topology.merge([record("a", uid=1, version=99)])


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


@pytest.mark.parametrize("peer", ["", "host", "10.0.0.1:6783"])
def test_a_peer_that_is_not_an_address_is_refused(peer: str) -> None:
    assert mesh_of().connect([peer]) == [f"this stand-in has no peer {peer!r}: give IPv4 addresses"]
