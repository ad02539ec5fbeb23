"""A node in a folder: a step runs there and a look sees what it made, with systemctl and docker out of files."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

from infra.steps.step import Step
from ops.doctor.checks import Check, checks
from ops.doctor.differences import Difference, differences
from ops.doctor.look import parsed, script
from tests.unit.shell import below, program, run

# Whoever runs the tests owns what root owns on a node.
_STAT = """exec /usr/bin/stat "${@/\\%U:%G/root:root}\""""
_SYSTEMCTL = 'cat "$FOLDER/unit.$1" 2>/dev/null'
_DOCKER = 'cat "$FOLDER/docker.$1" 2>/dev/null'
STATES = {"is-active": "active", "is-enabled": "enabled", "show": "no"} | dict.fromkeys(
    ("daemon-reload", "enable", "restart"), ""
)


class FolderNode:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for name, text in (("stat", _STAT), ("systemctl", _SYSTEMCTL), ("docker", _DOCKER)):
            program(folder / "bin", name, f"FOLDER={folder}\n{text}")
        for name, text in STATES.items():
            self.unit(name, text)

    def unit(self, command: str, printed: str) -> None:
        (self.folder / f"unit.{command}").write_text(f"{printed}\n")

    def docker(self, command: str, printed: str) -> None:
        (self.folder / f"docker.{command}").write_text(f"{printed}\n")

    def placed(self, step: Step) -> Step:
        """The step with all its paths in the folder."""
        return replace(below(step, self.folder), absent=tuple(f"{self.folder}{path}" for path in step.absent))

    def apply(self, step: Step) -> None:
        done = run(self.placed(step), self.folder, stdin=step.secret.content if step.secret else "")
        assert done.returncode == 0, done.stderr

    def look(self, step: Step) -> list[Difference]:
        """What differs from the step; paths are those on a node."""
        wanted = list(checks(step, "systemd"))
        there = [replace(check, command=self._placed(check, step)) for check in wanted]
        done = subprocess.run(
            ["bash"],
            input=script(there),
            env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        printed = parsed(done.stdout, len(wanted))
        assert printed is not None
        return differences("slave-1", wanted, printed)

    def _placed(self, check: Check, step: Step) -> str:
        command = check.command.replace("/var/lib/apollo", f"{self.folder}/var")
        for path in (*step.paths, *step.absent):
            command = command.replace(path, f"{self.folder}{path}")
        return command
