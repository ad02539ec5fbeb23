"""An `up` that is killed, again and again, on a network without services."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from bench.workspace import NETWORK_ALONE, RANGES, ProjectCopy
from sandbox.home import Home
from tests.e2e.conftest import need_hosts
from tests.e2e.faults.conftest import Recorder
from tests.e2e.faults.killing import in_cloud, in_state, killed

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("APOLLO_TEST_KILLS", "20"))
SEED = int(os.environ.get("APOLLO_TEST_SEED") or random.randrange(10**6))  # noqa: S311


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
