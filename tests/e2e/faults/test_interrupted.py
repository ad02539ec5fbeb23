"""An `up` that is killed, meets another one, or loses a node: on a network without services."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from bench.workspace import NETWORK_ALONE, RANGES, ProjectCopy
from ops.recover import lock
from sandbox.home import Home
from tests.e2e.conftest import need_hosts
from tests.e2e.faults.breaking import UP, recovered
from tests.e2e.faults.conftest import Recorder
from tests.e2e.faults.killing import in_cloud, in_state, killed
from tests.e2e.hosts.cluster import until
from tests.e2e.services.witness import until_none

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("APOLLO_TEST_KILLS", "20"))
SEED = int(os.environ.get("APOLLO_TEST_SEED") or random.randrange(10**6))  # noqa: S311
BOUND = 12 * 60
"""Seconds after which `up` names a node that does not answer, by docs/operations.md."""
COMMAND = "command:remote:Command"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    project = ProjectCopy.create(tmp_path_factory.mktemp("interrupted"), config={**NETWORK_ALONE, "slaveCount": 1})
    need_hosts(Home(project.folder), RANGES)
    try:
        project.run(".venv/bin/python", "-m", "sandbox", "start", "--with-cli")
        project.run(".venv/bin/python", "-m", "ops.init", "sandbox")
        yield project
    finally:
        project.make("clean")


def slaves(cluster: ProjectCopy, count: int) -> None:
    cluster.pulumi("config", "set", "slaveCount", str(count))


def test_after_each_of_many_kills_the_next_up_converges_and_no_instance_is_there_twice_or_lost(
    cluster: ProjectCopy, record: Recorder
) -> None:
    print(f"APOLLO_TEST_SEED={SEED}")
    moments, kills, slowest = random.Random(SEED), 0, 0.0  # noqa: S311
    spans = {1: 30.0, 2: 30.0}  # seconds that an `up` to so many slaves takes
    for turn in range(2 * KILLS):
        count = 1 + turn % 2
        if turn:
            slaves(cluster, count)
        seconds = moments.uniform(0, spans[count])
        if ended := killed(cluster, seconds):
            spans[count] = ended
            continue
        kills += 1
        began = time.monotonic()
        said = cluster.make("up").stdout
        slowest = max(slowest, time.monotonic() - began)
        print(f"kill {kills} after {seconds:.1f} s, {count} slaves; `make up` {time.monotonic() - began:.0f} s")
        print(*(line for line in said.splitlines() if line.startswith("pulumiw: ")), sep="\n")
        assert in_cloud(cluster) == in_state(cluster)
        assert sorted(in_state(cluster).values()) == ["master-1", *(f"slave-{n + 1}" for n in range(count))]
        if kills == KILLS:
            break
    assert kills == KILLS
    cluster.pulumi("preview", "--expect-no-changes", "--refresh")
    record(
        fault=f"kill -9 of the CLI at {KILLS} random moments of an `up`",
        held="the next `make up` converged each time, with no instance twice and none that is not in the state",
        seconds=slowest,
    )


def test_of_two_ups_at_once_the_second_is_refused_and_the_first_finishes(
    cluster: ProjectCopy, record: Recorder
) -> None:
    cluster.make("up")
    slaves(cluster, 2 if len(in_state(cluster)) == 2 else 3)
    folder = lock.folder("apollo", "sandbox", Home(cluster.folder).environ())
    assert folder
    first = cluster.start(*UP)
    (holder,) = until(lambda: lock.holders(folder), "the first has the lock")
    began = time.monotonic()
    second = cluster.make("up", check=False)
    seconds = time.monotonic() - began
    said, _ = first.communicate()
    assert second.returncode
    assert str(holder.pid) in second.stdout
    assert "wait for the other process" in second.stdout
    assert first.returncode == 0, said
    assert in_cloud(cluster) == in_state(cluster)
    until_none(lambda: "" if cluster.well() else "the cluster is not well")
    record(
        fault="two `up` at once",
        held="the second was refused and named the first, which finished",
        seconds=seconds,
    )


def test_a_slave_that_loses_power_in_the_middle_of_an_up_is_named_and_all_others_finish(
    cluster: ProjectCopy, record: Recorder
) -> None:
    slaves(cluster, 4)
    began = time.monotonic()
    changing = cluster.start(*UP)
    until(lambda: "slave-4-base-packages" in cluster.names(COMMAND), "slave-4 has begun")
    cluster.run(".venv/bin/python", "-m", "sandbox", "kill", "slave-4")
    said, _ = changing.communicate(timeout=BOUND)
    named = time.monotonic() - began
    print(said)
    assert changing.returncode
    assert "slave-4: step" in said or "slave-4 does not answer" in said
    assert {"slave-3-gate", "master-1-gate"} <= cluster.names(COMMAND)
    cluster.run(".venv/bin/python", "-m", "sandbox", "reboot", "slave-4")
    seconds = recovered(cluster)
    assert in_cloud(cluster) == in_state(cluster)
    record(
        fault="power loss of a slave during `up`",
        held=f"it was named within {named:.0f} s, all others finished, `make up` converged when it had power",
        seconds=seconds,
    )
