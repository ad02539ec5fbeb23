"""A node whose SSH server is late."""

import os

import pytest

from bench.figure import seconds_of
from bench.workspace import ProjectCopy
from tests.e2e.faults.breaking import slow
from tests.e2e.faults.conftest import Recorder

pytestmark = pytest.mark.long
LATE = int(os.environ.get("APOLLO_TEST_LATE", "240"))
"""Seconds from a host's power until its sshd listens."""


def test_a_new_node_whose_sshd_is_late_is_waited_for_and_the_others_do_not_wait(
    cluster: ProjectCopy, record: Recorder
) -> None:
    slow(cluster, f"sshd={LATE}")
    cluster.pulumi("config", "set", "slaveCount", "2")
    printed: list[str] = []
    try:
        seconds = seconds_of(lambda: printed.append(cluster.up().stdout))
    finally:
        slow(cluster, "sshd=")
    assert seconds > LATE
    (said,) = printed
    waits, waited = (said.index(f"slave-2-base-packages {what}") for what in ("creating", "created"))
    assert waits < said.index("master-1-gate updated") < waited
    assert cluster.well()
    record(
        fault=f"sshd of a new node starts {LATE} s late",
        held="`up` shows the node's first step as running and waits for it; the other nodes finish meanwhile",
        seconds=seconds - LATE,
    )
