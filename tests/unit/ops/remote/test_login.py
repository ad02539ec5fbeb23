"""The files in .keys/ of a stack, and the errors of a key that can't be read."""

import re
import stat

import pytest

from infra.config.ssh_keys import public_half
from ops.init import ssh_key
from ops.remote.errors import OperatorError
from ops.remote.login import LoginFiles
from ops.remote.stack import Stack
from tests.unit.ops.conftest import NODES, OUTPUTS, MakeStack

BROKEN = "error: invalid YAML file: yaml: line 1: did not find expected ',' or ']'"


def breaks(stack: Stack, command: str, error: str) -> Stack:
    """Let a command of the stack's pulumiw fail."""
    wrapper = stack.project / "pulumiw"
    lines = wrapper.read_text().splitlines(keepends=True)
    wrapper.write_text(
        "".join([lines[0], f'case "$*" in "{command}"*) echo "{error}" >&2; exit 1 ;; esac\n', *lines[1:]])
    )
    return stack


def test_both_files_are_written_from_config_and_outputs(stack: MakeStack) -> None:
    files = LoginFiles(stack({"nodes": OUTPUTS}))
    assert files.write() == "the key\n"
    assert files.key.read_text() == "the key\n"
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.key.parent.stat().st_mode) == 0o700
    assert files.known_hosts.read_text() == "".join(f"{name} ssh-ed25519 {name}\n" for name in NODES)


def test_a_key_file_that_exists_needs_no_config(stack: MakeStack) -> None:
    files = LoginFiles(breaks(stack({"nodes": OUTPUTS}), "config", BROKEN))
    files.key.parent.mkdir()
    files.key.write_text("an older key\n")
    assert files.write() == "an older key\n"


def test_a_key_that_the_nodes_no_longer_accept_is_replaced_by_the_configs(stack: MakeStack) -> None:
    old, new = ssh_key(), ssh_key()
    files = LoginFiles(stack({"nodes": OUTPUTS, "sshKeys": [public_half(new)]}, {"sshPrivateKey": new}))
    files.key.parent.mkdir()
    for useless in (old, "cut short"):
        files.key.write_text(useless)
        assert files.write() == new
        assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_a_key_that_the_nodes_still_accept_stays(stack: MakeStack) -> None:
    old, new = ssh_key(), ssh_key()
    outputs = {"nodes": OUTPUTS, "sshKeys": [public_half(old), public_half(new)]}
    files = LoginFiles(stack(outputs, {"sshPrivateKey": new}))
    files.key.parent.mkdir()
    files.key.write_text(old)
    assert files.write() == old


def test_a_key_that_is_neither_in_its_file_nor_readable_in_config_is_reported_with_the_reason(
    stack: MakeStack,
) -> None:
    expected = (
        f"the private key of the stack test is not in .keys/test, and can't be read from Pulumi.test.yaml:\n{BROKEN}"
    )
    with pytest.raises(OperatorError, match=f"^{re.escape(expected)}$"):
        LoginFiles(breaks(stack({"nodes": OUTPUTS}), "config", BROKEN)).write()


def test_a_key_that_is_not_set_names_the_command_that_makes_one(stack: MakeStack) -> None:
    made = stack({"nodes": OUTPUTS})
    (made.project / "config-sshPrivateKey").unlink()
    with pytest.raises(OperatorError, match=r"^sshPrivateKey is not set: `make init STACK=test` makes a key$"):
        LoginFiles(made).write()


def test_outputs_that_can_t_be_read_are_not_taken_for_a_stack_without_nodes(stack: MakeStack) -> None:
    made = breaks(stack({"nodes": OUTPUTS}), "stack output", "error: incorrect passphrase")
    with pytest.raises(OperatorError, match=r"^error: incorrect passphrase$"):
        made.nodes()


def test_a_stack_that_does_not_exist_has_no_nodes_and_no_config_keys(stack: MakeStack) -> None:
    made = breaks(stack({"nodes": OUTPUTS}), "", "error: no stack named 'test' found")
    assert made.config_keys() is None
    with pytest.raises(OperatorError, match=r"^the stack test has no nodes: `make up STACK=test` launches them$"):
        made.nodes()


def test_an_output_that_a_node_lacks_is_named(stack: MakeStack) -> None:
    lacking = {key: value for key, value in OUTPUTS["slave-1"].items() if key != "user"}
    with pytest.raises(OperatorError, match=r"^slave-1 has no user in the stack's outputs: `make up` adds it$"):
        stack({"nodes": {**OUTPUTS, "slave-1": lacking}}).nodes()


def test_config_that_can_t_be_read_is_not_taken_for_a_stack_that_does_not_exist(stack: MakeStack) -> None:
    with pytest.raises(OperatorError, match="did not find expected"):
        breaks(stack({"nodes": OUTPUTS}), "config", BROKEN).config_keys()


@pytest.mark.parametrize(("key", "value"), [("sshPrivateKey", "the key"), ("imageRegistry", None)])
def test_a_config_key_that_is_not_set_has_no_value(stack: MakeStack, key: str, value: str | None) -> None:
    assert stack({"nodes": OUTPUTS}).config(key) == value
