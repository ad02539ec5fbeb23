"""Steps that go wrong on one node of a cluster, in ways in which no step ends by itself."""

from bench.workspace import ProjectCopy
from tests.e2e.faults.breaking import instead_of, new_admin, recovered
from tests.e2e.faults.conftest import Recorder

_CUT = """pid=$$
while [ "$(cat /proc/$pid/comm)" != sshd ]; do pid=$(cut -d ' ' -f 4 /proc/$pid/stat); done
kill -KILL "$pid"
sleep 5
exec /usr/sbin/useradd "$@"
"""
"""Ends the process of sshd that serves this connection, and goes on."""


def test_a_connection_cut_in_mid_step_names_the_node_and_the_step_and_the_next_up_goes_on(
    cluster: ProjectCopy, record: Recorder
) -> None:
    admin = new_admin(cluster)
    with instead_of(cluster, "slave-1", "useradd", _CUT):
        failed = cluster.up(check=False)
    assert failed.returncode != 0
    assert "slave-1: step logins lost its connection before it ended" in failed.stdout
    assert "the roll stopped at slave-1; done: master-1; not changed: none." in failed.stdout
    seconds = recovered(cluster)
    for node in ("master-1", "slave-1"):
        assert cluster.on(node, f"id -un {admin}") == admin
    record(
        fault="a node's SSH connection is cut in the middle of a step",
        held="`up` names the node and the step, the node before it is done, and the next `make up` converges",
        seconds=seconds,
    )
