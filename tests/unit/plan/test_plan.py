"""Who is in the cluster, where, and whom each dials."""

import pytest

from tests.unit.plans import plan


@pytest.mark.parametrize(
    ("masters", "slaves", "retired", "names"),
    [
        (1, 0, [], ["master-1"]),
        (1, 2, [], ["master-1", "slave-1", "slave-2"]),
        (3, 1, [], ["master-1", "master-2", "master-3", "slave-1"]),
        (1, 4, [2], ["master-1", "slave-1", "slave-3", "slave-4"]),
        (1, 2, [1, 2], ["master-1"]),
    ],
)
def test_the_nodes_follow_from_the_counts(masters: int, slaves: int, retired: list[int], names: list[str]) -> None:
    whole = plan(masterCount=masters, slaveCount=slaves, retiredSlaves=retired)
    assert [node.name for node in whole.nodes] == names


def test_nodes_are_spread_over_the_zones() -> None:
    whole = plan(masterCount=3, slaveCount=4)
    assert [node.zone[-1] for node in whole.masters] == ["a", "b", "c"]
    assert [node.zone[-1] for node in whole.slaves] == ["a", "b", "c", "a"]


def test_a_slave_dials_the_masters_and_a_master_dials_all_other_nodes() -> None:
    whole = plan(masterCount=3, slaveCount=2)
    peers = {node.name: [peer.name for peer in whole.peers(node)] for node in whole.nodes}
    assert peers["slave-1"] == ["master-1", "master-2", "master-3"]
    assert peers["master-2"] == ["master-1", "master-3", "slave-1", "slave-2"]
