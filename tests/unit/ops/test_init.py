"""The first command on a stack, on a machine that may lack the CLI."""

from pathlib import Path

import pytest

from ops.remote.errors import OperatorError
from ops.remote.stack import Stack
from tests.unit.shell import program


def test_the_installation_of_the_cli_is_shown_as_it_comes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program(tmp_path, "pulumiw", 'echo "pulumiw: installing Pulumi for $PULUMI_STACK" >&2; echo v3.259.0')
    Stack("dev", tmp_path).prepare()
    assert capfd.readouterr() == ("", "pulumiw: installing Pulumi for dev\n")


def test_a_cli_that_cannot_be_had_ends_the_command_with_the_reason_above(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, "pulumiw", 'echo "pulumiw: Pulumi could not be installed" >&2; exit 1')
    with pytest.raises(OperatorError, match="the Pulumi CLI does not start: see above"):
        Stack("dev", tmp_path).prepare()
    assert "could not be installed" in capfd.readouterr().err
