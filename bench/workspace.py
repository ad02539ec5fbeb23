"""A copy of this project, driven as a user drives it, beside the user's own: for tests and measurements."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ops.remote.stack import PROJECT, Stack
from ops.ssh import command_line
from sandbox.home import DEFAULTS, STACK_CONFIG, Home

_SECONDS_MOST = 900
_THEIRS = "10.0.0."
VPC, WEAVE = os.environ.get("APOLLO_TEST_NETS", "10.91 10.92").split()
"""What the addresses of the copy's hosts and of its containers begin with, other than the defaults'."""
RANGES = {"vpcCidr": f"{VPC}.0.0/16", "weaveCidr": f"{WEAVE}.0.0/16"}
NETWORK_ALONE: Mapping[str, Any] = {"services": []}


@dataclass(frozen=True)
class ProjectCopy:
    """`folder` holds the copy; its sandbox has an id of its own, and so nothing in common with a user's.

    `environment` is added to that of its commands.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        config: Mapping[str, Any] | None = None,
        installed: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> "ProjectCopy":
        """What git would put in a clone, as it is in the working tree; `installed` links the virtual environment.

        `config` is put over the sandbox stack's defaults, by keys without their `apollo:`.
        """
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in listed.stdout.splitlines():
            if (PROJECT / name).is_file() and not name.startswith("tests/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT / name, folder / name)
        if installed:
            (folder / ".venv").symlink_to(PROJECT / ".venv")
        stack = yaml.safe_load(DEFAULTS.read_text().replace(_THEIRS, f"{VPC}.0."))
        stack["config"] |= {f"apollo:{key}": value for key, value in {**RANGES, **(config or {})}.items()}
        (folder / STACK_CONFIG).write_text(yaml.safe_dump(stack))
        return cls(folder, environment or {})

    def run(self, *words: str, stdin: str = "", check: bool = True) -> "subprocess.CompletedProcess[str]":
        """A command in the folder, its output and errors together; if checked, a failure is an AssertionError."""
        done = subprocess.run(
            words,
            cwd=self.folder,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_SECONDS_MOST,
            env=self._environ,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
        return done

    def make(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.run("make", "--no-print-directory", *words, check=check)

    def pulumi(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.run("./pulumiw", *words, "-s", "sandbox", check=check)

    def up(self, *, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.pulumi("up", "--yes", "--skip-preview", check=check)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """A command on its own, in a process group of its own, to be killed or waited for."""
        return subprocess.Popen(
            # What runs in the background of a script ignores Ctrl-C, and hands that on.
            ("env", "--default-signal=INT", *words),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=self._environ,
        )

    @property
    def stack(self) -> Stack:
        """Its outputs are those of the first time that they are asked for."""
        return Stack("sandbox", self.folder, self._environ)

    @property
    def _environ(self) -> Mapping[str, str]:
        return {**_environment(), **self.environment}

    def on(self, node: str, command: str, *, stdin: str = "") -> str:
        """What a command prints on a node."""
        stack = _StackOnDisk("sandbox", self.folder, self._environ)
        return self.run(*command_line(stack, node), command, stdin=stdin).stdout.strip()

    def within(self, node: str, *words: str) -> str:
        """What a program of this machine prints in the network of a node."""
        enter = ("ip", "netns", "exec", Home(self.folder).netns(node), *words)
        return self.run(*(enter if os.getuid() == 0 else ("sudo", *enter))).stdout

    def well(self) -> bool:
        return self.make("status", check=False).returncode == 0

    def resources(self) -> list[Mapping[str, Any]]:
        """The resources of the stack's state, as they are on disk at this moment."""
        state = self.folder / ".sandbox/state/.pulumi/stacks/apollo/sandbox.json"
        if not state.exists():
            return []
        deployment = json.loads(state.read_text())["checkpoint"].get("latest") or {}
        resources: list[Mapping[str, Any]] = deployment.get("resources") or []
        return resources

    def names(self, token: str) -> set[str]:
        """Names of the resources of a type."""
        return {str(found["urn"]).rsplit("::", 1)[1] for found in self.resources() if found["type"] == token}


@contextmanager
def project_copy(config: Mapping[str, Any], *, from_nothing: bool = False) -> Iterator[ProjectCopy]:
    """A copy of the project, gone afterwards; from nothing: no packages and no images cached either."""
    folder = tempfile.mkdtemp(prefix="apollo-project_copy-")
    project = ProjectCopy.create(
        Path(folder, "project"),
        installed=not from_nothing,
        config=config,
        environment={"XDG_CACHE_HOME": f"{folder}/cache"} if from_nothing else {},
    )
    try:
        yield project
    finally:
        project.make("clean")
        shutil.rmtree(folder)  # where hosts may still have their disks in it, it stays


class _StackOnDisk(Stack):
    """The copy's stack, its outputs by way of the state on disk: a login that has to wait for no engine."""

    @cached_property
    def _outputs(self) -> Mapping[str, Any]:
        resources = ProjectCopy(self.project).resources()
        return next((one["outputs"] for one in resources if one["type"] == "pulumi:pulumi:Stack"), {})


def _environment() -> dict[str, str]:
    """This process's environment, without what would lead a command elsewhere."""
    foreign = ("APOLLO_SANDBOX", "PULUMI_", "AWS_", "STACK", "NODE", "CMD", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
