"""The rotation of the key that `up` logs in with: its phases on config in files, its checks on real SSH servers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.config.ssh_keys import public_half, rotating
from ops.init import ssh_key
from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError
from ops.remote.stack import Stack
from ops.rotate import ssh
from ops.rotate.kinds import KINDS
from ops.rotate.phases import lines
from ops.rotate.rotation import Cluster, Rotation
from tests.unit.ops.conftest import Nodes
from tests.unit.shell import program

_PULUMIW = """
cd "${0%/*}" && case "$1 $2" in
"stack output") echo '{"nodes": {"slave-1": {}}}' ;;
"config get") cat "config/$3" 2>/dev/null && exit
  echo "error: configuration key '$3' not found for stack 'test'" >&2; exit 1 ;;
"config set") exec cat >"config/$4" ;;
"config rm") exec rm "config/$3" ;;
esac
case $1 in up) cat config/sshPrivateKey >>ups; echo >>ups; [ ! -e fails ] ;; esac
"""


@pytest.fixture
def rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rotation:
    """Of a stack whose nodes accept every key."""

    async def accepted(rotation: Rotation, key: str) -> None:
        assert public_half(key) != public_half(rotation.current)

    program(tmp_path, "pulumiw", _PULUMIW)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/sshPrivateKey").write_text(ssh_key())
    monkeypatch.setattr(ssh, "_let_in", accepted)
    monkeypatch.setattr(Stack, "nodes", lambda _: {"slave-1": None})
    return Rotation(Stack("test", tmp_path), "ssh", KINDS["ssh"])


def _up(rotation: Rotation) -> list[str]:
    """The keys that each `up` logged in with."""
    return (rotation.stack.project / "ups").read_text().strip().split("\n\n")


_BEFORE_CHECKS = ssh.PHASES[:5]


@pytest.mark.parametrize("done", range(len(_BEFORE_CHECKS) + 1))
def test_a_rotation_cut_off_after_any_phase_goes_on_with_the_same_two_keys(rotation: Rotation, done: int) -> None:
    old = rotation.current
    for phase in _BEFORE_CHECKS[:done]:
        phase(rotation)
    list(lines(rotation, _BEFORE_CHECKS))
    kept, new = rotating(f"ssh {rotation.old}")
    assert (kept.strip(), new.strip()) == (old.strip(), rotation.current.strip())
    assert new.strip() != old.strip()
    ups = [key.strip() for key in _up(rotation)]
    assert ups == sorted(ups, key=[old.strip(), new.strip()].index)
    assert {*ups} == {old.strip(), new.strip()}
    assert (rotation.stack.project / ".keys/test").read_text().strip() == new.strip()


def test_the_key_in_use_stays_while_the_nodes_have_not_got_the_new_one(rotation: Rotation) -> None:
    old = rotation.current
    (rotation.stack.project / "fails").touch()
    with pytest.raises(OperatorError, match="`make rotate KEY=ssh STACK=test` goes on from here"):
        list(lines(rotation, ssh.PHASES))
    assert rotation.current == old


def test_a_marker_without_two_keys_names_the_command_that_removes_it(rotation: Rotation) -> None:
    (rotation.stack.project / "config/rotation").write_text("ssh nonsense")
    with pytest.raises(OperatorError, match=r"`./pulumiw config rm rotation -s test`"):
        list(lines(rotation, ssh.PHASES))


async def _verified(nodes: Nodes, *, old: str) -> Sequence[str]:
    connections: NodeConnections = nodes.connections()
    keys = f"{old}\n{nodes.private_key}"
    try:
        return await ssh.verify(
            Cluster(stack=Stack("test"), connections=connections, old=keys, new=nodes.private_key)
        )
    finally:
        connections.close()


async def test_nodes_that_accept_the_new_key_alone_are_verified(nodes: Nodes) -> None:
    assert await _verified(nodes, old=ssh_key()) == ["all 3 nodes accept the new key and refuse the old one"]


async def test_a_node_that_still_accepts_the_old_key_is_named(nodes: Nodes) -> None:
    with pytest.raises(OperatorError, match=r"^master-1 still accepts the old key$"):
        await _verified(nodes, old=nodes.private_key)
