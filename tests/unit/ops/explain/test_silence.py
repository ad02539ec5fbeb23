"""A node that accepts no connection is named, with the command that replaces it."""

import json

import pytest

from ops.explain.events import Failure, stack, step_failures
from ops.explain.silence import silence

REAL = "after 71 failed attempts: dial tcp 203.0.113.7:22: i/o timeout"
SANDBOX = "no SSH connection to 10.0.0.13:22 after 71 attempts: [Errno 113] Connect call failed"


@pytest.mark.parametrize("message", [REAL, SANDBOX])
def test_a_node_that_no_step_could_connect_to_is_named_once(message: str) -> None:
    failures = [Failure("slave-2-docker", message), Failure("slave-2-weave-binaries-upload", message)]
    assert silence(failures, "dev") == ["slave-2 does not answer: `make replace NODE=slave-2 STACK=dev`"]


@pytest.mark.parametrize(
    "message",
    [
        'wait: remote command exited without exit status or exit signal: running "set -eu"',
        "slave-2: step docker lost its connection before it ended",
    ],
)
def test_a_node_that_was_cut_off_in_the_middle_of_a_step_is_named_with_both_remedies(message: str) -> None:
    assert silence([Failure("slave-2-docker", message)], "dev") == [
        "slave-2 lost its connection in the middle of a step: if it runs, run the same command again; otherwise "
        "`make replace NODE=slave-2 STACK=dev`"
    ]


def test_several_nodes_may_have_another_cause() -> None:
    found = silence([Failure("master-1-scale-in", REAL), Failure("slave-22-gate", REAL)], "dev")
    assert found[0].endswith("replace none of them before your address is in adminCidrs")
    assert [sentence.split()[0] for sentence in found[1:]] == ["master-1", "slave-22"]


def test_a_step_that_ran_and_failed_says_itself_what_to_do() -> None:
    assert silence([Failure("slave-2-docker", "slave-2 docker: docker does not start")], "dev") == []


def test_the_log_has_the_stack_and_the_errors_of_steps() -> None:
    urn = "urn:pulumi:dev::apollo::apollo:cluster:Cluster$apollo:node:Node$command:remote:{}::slave-2-docker"
    events = [
        {"urn": urn.format("Command"), "message": REAL, "severity": "error"},
        {"urn": urn.format("CopyToRemote"), "message": REAL, "severity": "info"},
        {"urn": urn.replace("command:remote:{}", "aws:ec2/instance:Instance"), "message": "any", "severity": "error"},
    ]
    lines = [json.dumps({"diagnosticEvent": event}) for event in events]
    assert list(step_failures(lines)) == [Failure("slave-2-docker", REAL)]
    assert (stack(lines), stack([])) == ("dev", "")
