"""make replace: what the CLI is called with, and when a master has to stay."""

import json
from contextlib import closing

import pytest

from ops.remote.errors import OperatorError
from ops.replace import check, command_line, refusal
from ops.status.survey import Finding, survey
from tests.unit.ops.conftest import OUTPUTS, MakeStack, Nodes

NODE = "urn:pulumi:dev::apollo::apollo:cluster:Cluster$apollo:node:Node"
INSTANCE = "aws:ec2/instance:Instance"
SLAVE_2 = f"{NODE}${INSTANCE}::slave-2"
TARGETS = ["--target=**::slave-2", "--target=**::slave-2-*", "--target=**::*-slave-2"]


def state(*resources: tuple[str, str], deleted: str = "") -> str:
    """What `pulumi stack export` prints, with these types and names."""
    rows = [{"urn": f"{NODE}${kind}::{name}", "type": kind, "delete": name == deleted} for kind, name in resources]
    return json.dumps({"deployment": {"resources": rows}})


FULL = state((INSTANCE, "slave-2"), (INSTANCE, "slave-22"), ("command:remote:Command", "slave-2-docker"))


@pytest.mark.parametrize(
    ("export", "replaced"),
    [
        (FULL, [f"--replace={SLAVE_2}"]),
        # An instance that could not be created is not in the state: then it is created.
        (state((INSTANCE, "slave-1")), []),
        (state((INSTANCE, "slave-2"), deleted="slave-2"), []),
        ("{}", []),
    ],
)
def test_the_cli_replaces_the_instance_and_targets_what_is_the_nodes(export: str, replaced: list[str]) -> None:
    assert command_line("dev", "slave-2", export, unasked=False) == ["up", "-s", "dev", *replaced, *TARGETS]


def test_the_cli_shows_its_preview_and_waits_for_a_yes_unless_that_was_given() -> None:
    words = command_line("dev", "slave-2", FULL, unasked=True)
    assert words[-2:] == ["--yes", "--skip-preview"]


def finding(name: str, failure: str = "", without: str = "", **services: str) -> Finding:
    unconnected = frozenset({without} - {""})
    bridge = "10.2.0.1/16"
    return Finding(name=name, index=1, bridge=bridge, failure=failure, unconnected=unconnected, services=services)


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ([], ""),
        ([finding("master-2"), finding("master-3", consul="ok")], ""),
        ([finding("master-2", "no SSH connection to 1.2.3.4: refused")], "master-2 is unwell (no SSH connection"),
        ([finding("master-2", docker="ok", zookeeper="no quorum")], "master-2 is unwell (no quorum)"),
        ([finding("master-2", without="master-3")], "master-2 is unwell (no connection to master-3)"),
        (
            [finding("master-2", "one"), finding("master-3", "two")],
            "master-2 is unwell (one); master-3 is unwell (two)",
        ),
    ],
)
def test_a_master_stays_while_another_is_unwell(others: list[Finding], reason: str) -> None:
    refused = refusal("master-1", others)
    assert refused.startswith(f"master-1 is not replaced while {reason}") if reason else not refused


async def test_a_master_that_does_not_answer_is_unwell(nodes: Nodes) -> None:
    with closing(nodes.connections("master-1")) as connections:
        found = [one for one in await survey(connections) if one.name == "master-1"]
    assert "master-1 is unwell (no SSH connection to 127.0.0.9" in refusal("master-2", found)


def test_a_node_that_does_not_exist_is_refused_with_those_that_do(stack: MakeStack) -> None:
    with pytest.raises(OperatorError, match=r"^NODE is slave-9: use one of master-1, slave-1, slave-2$"):
        check(stack({"nodes": OUTPUTS}), "slave-9")
