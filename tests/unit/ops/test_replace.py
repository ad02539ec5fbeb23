"""make replace: what the CLI is called with, and when a master has to stay."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.replace import check, drain, refusal, selection
from ops.status.survey import Finding, survey
from tests.unit.ops.conftest import OUTPUTS, MakeStack, Nodes
from tests.unit.shell import program

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
    assert selection("slave-2", export) == [*replaced, *TARGETS]


async def test_the_first_master_that_answers_drains_the_slave(nodes: Nodes, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program(tmp_path / "bin", "apollo-drain", f'echo "$@" >>{ran}; test "$1" != back || {{ echo no; exit 3; }}')
    masters = {name: nodes.connections("slave-1").nodes[name] for name in ("slave-1", "master-1")}
    with closing(NodeConnections(masters, nodes.private_key)) as connections:
        await drain(connections, "slave-2", ("move", "out"))
        assert ran.read_text() == "move slave-2\nout slave-2\n"
        with pytest.raises(OperatorError, match=r"^`apollo-drain back slave-2` on master-1 failed: no$"):
            await drain(connections, "slave-2", ("back",))


async def test_without_a_master_that_answers_nothing_is_drained(nodes: Nodes) -> None:
    with closing(nodes.connections(*nodes.nodes)) as connections, pytest.raises(OperatorError, match="no SSH"):
        await drain(connections, "slave-2", ("out",))


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
            [finding("master-2", without="master-3"), finding("master-3", "no SSH connection to 1.2.3.4: refused")],
            "master-3 is unwell (no SSH connection",
        ),
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
