"""The phases of a rotation on a stack whose config is in files: in one go, cut off after each, and refused."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from click.testing import CliRunner

from infra.steps.templates import render
from ops.remote.errors import OperatorError
from ops.remote.stack import PROJECT, Stack
from ops.rotate.__main__ import main
from ops.rotate.consul import VALUES
from ops.rotate.kinds import KINDS
from ops.rotate.phases import PHASES, lines
from ops.rotate.rotation import Cluster, Kind, Rotation
from tests.unit.ops.conftest import NODES
from tests.unit.shell import program, shellcheck

_PULUMIW = """
cd "${0%/*}" && echo "$1 $2 $3" >>calls
case "$1 $2" in
"stack output") exec cat outputs.json ;;
"config get") cat "config/$3" 2>/dev/null && exit
  echo "error: configuration key '$3' not found for stack 'test'" >&2; exit 1 ;;
"config set") exec cat >"config/$4" ;;
"config rm") exec rm "config/$3" ;;
esac
case $1 in
preview) cat preview; [ ! -s preview ] ;;
up) cp config/weavePassword up; [ ! -e fails ] ;;
esac
"""


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    program(tmp_path, "pulumiw", _PULUMIW)
    (tmp_path / "config").mkdir()
    for key, value in {"weavePassword": "the old one", "sshPrivateKey": _key()}.items():
        (tmp_path / "config" / key).write_text(value)
    (tmp_path / "preview").touch()
    fields = {"role", "index", "bridge", "containers", "user", "ssh"}
    nodes = {
        name: {field: getattr(node, field) for field in fields}
        | {"privateAddress": node.private_address, "address": node.host, "hostKey": node.host_key}
        for name, node in NODES.items()
    }
    (tmp_path / "outputs.json").write_text(json.dumps({"nodes": nodes, "services": ["consul"]}))
    return Stack("test", tmp_path)


def _key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()


async def _seen(cluster: Cluster) -> Sequence[str]:
    return [f"{cluster.old} became {cluster.new}"]


async def _fit(cluster: Cluster) -> Sequence[str]:
    assert cluster.old == ""
    return []


def rotation(stack: Stack, *, needs: str = "") -> Rotation:
    return Rotation(
        stack, "weave", Kind(config="weavePassword", generate=lambda: "new", verify=_seen, check=_fit, needs=needs)
    )


def config(stack: Stack, key: str) -> str | None:
    file = stack.project / "config" / key
    return file.read_text() if file.exists() else None


def test_a_rotation_replaces_the_secret_brings_it_up_and_forgets_the_old_one(stack: Stack) -> None:
    assert list(lines(rotation(stack))) == [
        "weave 1/5: the old value is kept as the config key rotation, until the end",
        "weave 2/5: weavePassword has a new value in the stack's config",
        "weave 3/5: `up` has changed every node",
        "weave 4/5: the old one became new",
        "weave 5/5: the config key rotation is removed; commit Pulumi.test.yaml",
    ]
    assert (stack.project / "up").read_text() == "new"
    assert (config(stack, "weavePassword"), config(stack, "rotation")) == ("new", None)


@pytest.mark.parametrize("done", range(1, len(PHASES)))
def test_a_rotation_that_was_cut_off_after_any_phase_goes_on_with_the_same_values(stack: Stack, done: int) -> None:
    """The second run would generate another value."""
    for phase in PHASES[:done]:
        phase(rotation(stack))
    (stack.project / "preview").write_text("error: no changes were expected but changes were proposed\n")
    printed = list(lines(rotation(stack)))
    assert printed[0] == "weave 1/5: a rotation was cut off: this one finishes it"
    assert "weave 4/5: the old one became new" in printed
    assert (config(stack, "weavePassword"), config(stack, "rotation")) == ("new", None)


def test_a_rotation_whose_up_failed_names_what_goes_on_and_does(stack: Stack) -> None:
    (stack.project / "fails").touch()
    with pytest.raises(OperatorError, match=r"`make rotate KEY=weave STACK=test` goes on from here"):
        list(lines(rotation(stack)))
    assert config(stack, "rotation") == "weave the old one"
    (stack.project / "fails").unlink()
    assert "weave 4/5: the old one became new" in list(lines(rotation(stack)))


@pytest.mark.parametrize(
    ("preview", "marker", "needs", "words"),
    [
        ("+ slave-3\nerror: no changes were expected", None, "", r"slave-3\n.*\n.*has changes that are not up yet"),
        (
            "",
            "gossip c2VjcmV0",
            "",
            "a rotation of gossip is not finished: `make rotate KEY=gossip STACK=test` first",
        ),
        ("", None, "scope", "^the stack test does not run scope, the only service with weavePassword$"),
    ],
    ids=["other changes", "another rotation", "no such service"],
)
def test_nothing_is_changed_where_a_rotation_cannot_start(
    stack: Stack, preview: str, marker: str | None, needs: str, words: str
) -> None:
    (stack.project / "preview").write_text(preview)
    if marker:
        (stack.project / "config/rotation").write_text(marker)
    with pytest.raises(OperatorError, match=words):
        list(lines(rotation(stack, needs=needs)))
    assert (config(stack, "weavePassword"), config(stack, "rotation")) == ("the old one", marker)


def test_a_cluster_that_is_not_fit_for_it_is_left_alone(stack: Stack) -> None:
    async def unfit(cluster: Cluster) -> Sequence[str]:
        raise OperatorError(f"{min(cluster.connections.nodes)} is down")

    given = rotation(stack)
    with pytest.raises(OperatorError, match="is down"):
        list(lines(Rotation(stack, "weave", replace(given.kind, check=unfit))))
    assert config(stack, "rotation") is None


@pytest.mark.parametrize("script", sorted(path.name for path in (PROJECT / "templates/rotate").iterdir()))
def test_the_scripts_of_nodes_pass_shellcheck(script: str, tmp_path: Path) -> None:
    shellcheck(render(f"rotate/{script}", **VALUES), "bash", tmp_path)


def test_a_secret_is_in_no_command_line(stack: Stack) -> None:
    list(lines(rotation(stack)))
    calls = (stack.project / "calls").read_text()
    assert "the old one" not in calls
    assert "new" not in calls


@pytest.mark.parametrize(("key", "shown"), [("", "not set"), ("gosip", "gosip")])
def test_an_unknown_key_lists_those_that_there_are(key: str, shown: str) -> None:
    done = CliRunner().invoke(main, ["sandbox", key])
    assert done.exit_code == 1
    assert done.output == f"KEY is {shown}: use one of {', '.join(KINDS)}\n"
