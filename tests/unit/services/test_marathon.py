"""What Marathon is told: where Mesos and ZooKeeper are, and the addresses that it answers on."""

import re

import pytest

from tests.unit.plans import files, plan

ADDRESSES = ["10.0.0.4", "10.0.32.5", "10.0.64.6"]


@pytest.mark.parametrize("masters", [1, 3])
def test_every_marathon_finds_mesos_by_the_ensemble_and_answers_on_its_own_address(masters: int) -> None:
    whole = plan(masterCount=masters)
    hosts = ",".join(f"{address}:2181" for address in ADDRESSES[:masters])
    for ordinal, address in enumerate(ADDRESSES[:masters], start=1):
        unit = files(whole, f"master-{ordinal}")["/etc/systemd/system/marathon.service"].content
        words = re.sub(r" \\\n *", " ", unit)
        assert f"--master zk://{hosts}/mesos --zk zk://{hosts}/marathon --hostname {address}" in words
        assert f"--http_address {address} --http_port 8080" in words
        assert f"LIBPROCESS_IP={address} " in words
