"""The commands where there is no cluster: one line with what to do, and no stack trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.remote.stack import PROJECT


@pytest.mark.parametrize(
    ("command", "status"),
    [("backup", 1), ("demo", 1), ("tunnel", 1), ("status", 1), ("doctor", 2), ("doctor.repair", 2)],
)
def test_a_command_without_a_cluster_names_the_command_that_launches_one(
    command: str, status: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"ops.{command}", "sandbox"],
        cwd=PROJECT,
        env={**os.environ, "APOLLO_SANDBOX": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert done.stderr == "the stack sandbox has no nodes: `make up STACK=sandbox` launches them\n"
