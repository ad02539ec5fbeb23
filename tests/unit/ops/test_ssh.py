"""The ssh command of `make ssh`."""

import pytest

from ops.remote.errors import OperatorError
from ops.ssh import command_line
from tests.unit.ops.conftest import BASTION, OUTPUTS, MakeStack


def test_the_command_is_that_of_the_outputs_and_both_its_files_are_there(stack: MakeStack) -> None:
    made = stack({"nodes": OUTPUTS})
    words = command_line(made, "slave-1")
    assert words[:1] + words[-3:] == ["ssh", "-i", ".keys/test", "admin@127.0.0.2"]
    assert "StrictHostKeyChecking=yes" in words
    assert sorted(file.name for file in (made.project / ".keys").iterdir()) == ["test", "test.hosts"]


def test_the_bastion_is_a_machine_to_log_in_to_and_its_host_key_is_there(stack: MakeStack) -> None:
    made = stack({"nodes": OUTPUTS, "bastion": BASTION})
    assert command_line(made, "bastion")[-1] == "admin@203.0.113.9"
    assert "bastion ssh-ed25519 bastion\n" in (made.project / ".keys" / "test.hosts").read_text()
    with pytest.raises(OperatorError, match=r"use one of master-1, slave-1, slave-2, bastion$"):
        command_line(made, "slave-9")


@pytest.mark.parametrize(("name", "given"), [("slave-9", "slave-9"), ("", "not set")])
def test_a_node_that_does_not_exist_is_refused_with_those_that_do(stack: MakeStack, name: str, given: str) -> None:
    with pytest.raises(OperatorError, match=f"^NODE is {given}: use one of master-1, slave-1, slave-2$"):
        command_line(stack({"nodes": OUTPUTS}), name)


def test_an_admin_logs_in_with_a_key_of_their_own(stack: MakeStack) -> None:
    made = stack({"nodes": OUTPUTS})
    words = command_line(made, "slave-1", "alice")
    assert words[-1] == "alice@127.0.0.2"
    assert "-i" not in words
    assert "IdentitiesOnly=yes" not in words
    assert "StrictHostKeyChecking=yes" in words
    assert [file.name for file in (made.project / ".keys").iterdir()] == ["test.hosts"]
