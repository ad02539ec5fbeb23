"""A PATH, a home and a cache of a test's own, and CLIs to put there."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.cli.find import pinned
from sandbox.home import PROJECT


def script(path: Path, text: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@dataclass(frozen=True)
class Machine:
    """What `python -m sandbox.cli` sees: `folder` holds bin (all of its PATH), home, cache and sandbox."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def on_path(self) -> Path:
        return self.folder / "bin"

    @property
    def cache(self) -> Path:
        return self.folder / "cache/apollo"

    def cli(self, folder: Path, version: str = pinned(), *, python: bool = True) -> Path:
        """Put a CLI into a folder, with Pulumi's language host beside it or without; the executable."""
        if python:
            for name in ("pulumi-language-python", "pulumi-language-python-exec"):
                script(folder / name, "exit 1")
        return script(folder / "pulumi", f"echo v{version}")

    def asked(self, stack: str) -> "subprocess.CompletedProcess[str]":
        """`python -m sandbox.cli STACK`."""
        environment = {
            "PATH": str(self.on_path),
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "APOLLO_SANDBOX": str(self.folder / "sandbox"),
            "UV_OFFLINE": "1",
            **self.environment,
        }
        return subprocess.run(
            (sys.executable, "-m", "sandbox.cli", stack),
            cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def exported(self, stack: str) -> dict[str, str]:
        """The variables that a shell has afterwards."""
        done = self.asked(stack)
        assert done.returncode == 0, done.stderr
        words = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("export ")]
        return dict(word.split("=", 1) for _, word in words)

    def taken(self, stack: str) -> Path:
        """The CLI that a shell finds afterwards."""
        first = Path(self.exported(stack)["PATH"].split(os.pathsep)[0])
        return first / "pulumi"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    found = Machine(tmp_path)
    found.on_path.mkdir()
    script(found.on_path / "curl", "echo 'curl: (6) Could not resolve host' >&2; exit 6")
    for name in ("sh", "mkdir", "cp", "rm", "nice"):
        (found.on_path / name).symlink_to(str(shutil.which(name)))
    return found
