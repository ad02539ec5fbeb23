"""ZooKeeper's ensemble on 1, 3 and 5 masters, and what Mesos and Marathon are given to find it."""

import pytest

from tests.unit.plans import files, plan, steps

ADDRESSES = ["10.0.0.4", "10.0.32.5", "10.0.64.6", "10.0.0.7", "10.0.32.8"]


@pytest.mark.parametrize("masters", [1, 3, 5])
def test_every_member_knows_its_own_number_and_all_members(masters: int) -> None:
    whole = plan(masterCount=masters)
    members = [f"server.{n}={address}:2888:3888" for n, address in enumerate(ADDRESSES[:masters], start=1)]
    for ordinal, address in enumerate(ADDRESSES[:masters], start=1):
        found = files(whole, f"master-{ordinal}")
        lines = found["/etc/zookeeper/zoo.cfg"].content.splitlines()
        # A file without members is how ZooKeeper knows that it runs alone.
        assert [line for line in lines if line.startswith("server.")] == (members if masters > 1 else [])
        assert {"tickTime=2000", "initLimit=5", "syncLimit=2", f"clientPortAddress={address}"} <= set(lines)
        assert found["/var/lib/zookeeper/myid"].content == f"{ordinal}\n"


def test_a_member_without_data_waits_for_one_that_may_have_it_and_the_first_waits_for_none() -> None:
    whole = plan()
    applied = {master.name: steps(whole, master.name)["zookeeper"].apply for master in whole.masters}
    assert "version-2" not in applied["master-1"]
    assert "for address in 10.0.0.4; do" in applied["master-2"]
    assert "for address in 10.0.0.4 10.0.32.5; do" in applied["master-3"]
