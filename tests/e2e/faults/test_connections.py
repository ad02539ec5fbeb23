"""Nodes whose SSH server is late or silent, and connections that carry nothing any more."""

import os

import pytest

from bench.figure import seconds_of
from bench.workspace import ProjectCopy
from tests.e2e.faults.breaking import UP, instead_of, new_admin, recovered, slow, until_knocked
from tests.e2e.faults.conftest import Recorder
from tests.e2e.services.witness import until_none

pytestmark = pytest.mark.long
LATE = int(os.environ.get("APOLLO_TEST_LATE", "240"))
"""Seconds from a host's power until its sshd listens."""
_LISTEN = "import socket, time; listening = socket.create_server(('', 22), backlog=4096); time.sleep(9999)"
_SILENT = f'systemctl stop ssh; exec python3 -c "{_LISTEN}"'
"""The kernel accepts connections, and nothing reads from them."""
_DROP = "table ip fault { chain out { type filter hook output priority 0; tcp sport 22 drop; }; }"


def test_a_connection_that_carries_nothing_any_more_ends_and_is_named_and_the_next_up_converges(
    cluster: ProjectCopy, record: Recorder
) -> None:
    admin = new_admin(cluster)
    script = 'touch /run/in-useradd; sleep 20; exec /usr/sbin/useradd "$@"'
    with instead_of(cluster, "slave-1", "useradd", script):
        up = cluster.start(*UP)
        until_none(lambda: cluster.on("slave-1", "test -e /run/in-useradd || echo the step is not under way"))
        cluster.within("slave-1", "nft", _DROP)
        try:
            ended = seconds_of(lambda: up.wait(timeout=300))
        finally:
            cluster.within("slave-1", "nft", "delete table ip fault")
    assert up.returncode
    assert up.stdout
    assert "slave-1: step logins lost its connection before it ended" in up.stdout.read()
    seconds = recovered(cluster)
    assert cluster.on("slave-1", f"id -un {admin}") == admin
    record(
        fault="a connection carries no packet any more in the middle of a step",
        held=f"`up` ends after {ended:.0f} s and names the node and the step; the next one converges",
        seconds=seconds,
    )


def test_an_sshd_that_accepts_and_stays_silent_is_named_by_status_and_up_goes_on_when_it_answers(
    cluster: ProjectCopy, record: Recorder
) -> None:
    admin = new_admin(cluster)
    with until_knocked(cluster, "slave-1", _SILENT) as end:
        listening = ("ss", "-Hltnp", "sport = :22")
        until_none(lambda: "" if "python3" in cluster.within("slave-1", *listening) else "sshd still listens")
        named = cluster.make("status", check=False)
        up = cluster.start(*UP)
        held = ("ss", "-Htn", "state", "established", "sport = :22")
        until_none(lambda: "" if cluster.within("slave-1", *held) else "no step has connected")
        end()
        seconds = seconds_of(lambda: up.wait(timeout=300))
    assert named.returncode
    assert "slave-1: no SSH connection to" in named.stdout
    assert up.returncode == 0
    assert cluster.on("slave-1", f"id -un {admin}") == admin
    record(
        fault="sshd of a node accepts connections and stays silent",
        held="`make status` names the node; an `up` that waits for it converges when sshd answers again",
        seconds=seconds,
    )


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
