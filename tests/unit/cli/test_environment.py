"""What a shell gets for a stack, and which plugins the CLI finds there."""

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Machine, script

COMMAND = f"resource-command-v{version('pulumi-command')}"


def plugins(machine: Machine) -> dict[str, Path]:
    """By the name of its folder, what each plugin of the sandbox's stack leads to."""
    folder = Path(machine.exported("sandbox")["PULUMI_HOME"], "plugins")
    return {found.parent.name: found.resolve() for found in folder.glob("*/pulumi-*")}


@pytest.fixture
def with_cli(machine: Machine) -> Machine:
    machine.cli(machine.on_path)
    return machine


def test_a_stack_on_aws_sees_nothing_of_the_sandbox(with_cli: Machine) -> None:
    assert set(with_cli.exported("dev")) == {"PATH", "PULUMI_CONTINUE_ON_ERROR", "PULUMI_PARALLEL"}
    assert with_cli.exported("dev")["PATH"] == str(with_cli.on_path)
    assert not (with_cli.folder / "sandbox").exists()


def test_the_sandboxs_stack_gets_its_own_plugins_and_none_from_the_network(with_cli: Machine) -> None:
    assert with_cli.exported("sandbox")["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert {name.rpartition("-v")[0] for name in plugins(with_cli)} == {
        "language-python", "resource-aws", "resource-command",
    }  # fmt: skip
    assert all("/sandbox/" in str(path) for path in plugins(with_cli).values())


def test_the_command_plugin_that_the_user_has_is_preferred(with_cli: Machine) -> None:
    theirs = script(with_cli.folder / "plugins" / COMMAND / "pulumi-resource-command", "exit 1")
    with_cli = Machine(with_cli.folder, {"PULUMI_HOME": str(with_cli.folder)})
    assert plugins(with_cli)[COMMAND] == theirs
    unfinished = theirs.parent.with_name(f"{COMMAND}.partial")
    unfinished.touch()
    assert plugins(with_cli)[COMMAND] != theirs


@pytest.mark.parametrize("theirs", [True, False])
def test_a_command_that_another_one_starts_keeps_its_plugins(with_cli: Machine, *, theirs: bool) -> None:
    if theirs:
        script(with_cli.folder / "home/.pulumi/plugins" / COMMAND / "pulumi-resource-command", "exit 1")
    first = plugins(with_cli)
    inner = Machine(with_cli.folder, with_cli.exported("sandbox"))
    assert plugins(inner) == first


@pytest.mark.parametrize("stack", ["dev", "sandbox"])
def test_more_operations_run_at_once_than_the_steps_of_a_cluster_that_wait(with_cli: Machine, stack: str) -> None:
    assert with_cli.exported(stack)["PULUMI_PARALLEL"] == "256"


def test_settings_of_the_user_stay(with_cli: Machine) -> None:
    mine = Machine(with_cli.folder, {"PULUMI_PARALLEL": "7"})
    assert mine.exported("dev")["PULUMI_PARALLEL"] == "7"
