"""The AWS API throttles a run, and then fails in the middle of it."""

import pytest

from bench.workspace import ProjectCopy
from tests.e2e.faults.breaking import UP, recovered, slow
from tests.e2e.faults.conftest import Recorder
from tests.e2e.services.witness import until_none

pytestmark = pytest.mark.long


def hosts(cluster: ProjectCopy) -> list[str]:
    """The names of the hosts that the sandbox has, in their order."""
    listed = cluster.run(".venv/bin/python", "-m", "sandbox", "hosts").stdout
    return sorted(line.split()[0] for line in listed.splitlines())


def test_an_api_that_throttles_and_fails_in_mid_run_is_named_and_the_next_up_makes_no_instance_twice(
    cluster: ProjectCopy, record: Recorder
) -> None:
    before = cluster.on("slave-1", "stat --format %Y /proc/1")
    slow(cluster, "burst=2", "rate=1", "boot=30")
    cluster.pulumi("config", "set", "slaveCount", "2")
    up = cluster.start(*UP)
    until_none(lambda: "" if "slave-2" in hosts(cluster) else "the new instance is not launched")
    slow(cluster, "outage=1")
    said, _ = up.communicate(timeout=900)
    assert up.returncode
    assert "InternalError" in said
    assert "slave-2: AWS's API has failed in us-east-1, and retries did not help: run `up` again later" in said
    slow(cluster, "outage=", "burst=", "rate=", "boot=")
    seconds = recovered(cluster)
    assert hosts(cluster) == ["master-1", "slave-1", "slave-2"]
    assert cluster.on("slave-1", "stat --format %Y /proc/1") == before
    record(
        fault="the AWS API throttles, and fails in the middle of a run, when an instance has been launched",
        held="`up` retries, then names the resource and the reason; the next one converges, with one instance a node",
        seconds=seconds,
    )
