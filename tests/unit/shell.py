"""Steps run by this machine's shell, and shell that shellcheck reads."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from infra.config.operating_systems import Init
from infra.config.settings import Settings
from infra.plan.plan import Node, Plan
from infra.steps.step import File, Step
from tests.unit.program import config


@cache
def slave_1() -> Node:
    return Plan.of(Settings.parse(config())).slaves[0]


def inner(script: str) -> str:
    """What the step runs as root, without the frame that hands it over."""
    return script.split("exec 3<<'APOLLO_STEP'\n", 1)[1].rsplit("APOLLO_STEP\n", 1)[0]


def shellcheck(text: str, shell: str, folder: Path) -> None:
    checked = folder / "script"
    checked.write_text(text)
    # beside this Python, so that it is found outside make too
    tool = Path(sys.executable).with_name("shellcheck")
    # SC1091: files of the node; SC2329: functions called by a name that is put together
    result = subprocess.run(
        [tool, "--shell", shell, "--severity", "style", "--exclude", "SC1091,SC2329", str(checked)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    parsed = subprocess.run(["bash", "-n", str(checked)], capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr


def relocated(script: str, root: Path) -> str:
    """The script with each of its constants that is a path below `root`."""
    return re.sub(r"^([A-Z]+)=(/\S+)$", rf"\1={root}\2", script, flags=re.MULTILINE)


def program(folder: Path, name: str, script: str) -> Path:
    """An executable of this name in `folder`, which is in front of PATH where a step runs."""
    made = folder / name
    made.write_text(f"#!/bin/bash\n{script}\n")
    made.chmod(0o755)
    return made


def run(
    step: Step,
    root: Path,
    *,
    stdin: str = "",
    init: Init = "systemd",
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The step as slave-1 would run it: with its stamps in `root`, and `root`/bin in front of PATH."""
    programs = root / "bin"
    programs.mkdir(exist_ok=True)
    program(programs, "sudo", 'exec "$@"')
    return subprocess.run(
        ["sh", "-c", step.script(slave_1(), init).replace("/var/lib/apollo", str(root / "var"))],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", **(environment or {})},
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
        timeout=60,
    )


def only_check(step: Step) -> Step:
    """The step without what it changes."""
    return replace(step, files=(), secret=None, upload=None, fetch="", apply="")


def below(step: Step, root: Path) -> Step:
    """The step with its files below `root`."""

    def moved(file: File) -> File:
        return replace(file, path=f"{root}{file.path}")

    return replace(step, files=tuple(map(moved, step.files)), secret=step.secret and moved(step.secret))
