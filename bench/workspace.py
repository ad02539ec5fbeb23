"""A copy of this project, used as a user uses it, for end-to-end tests and measurements."""

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
from sandbox.hosts.base.systems import DEFAULT
from sandbox.hosts.ranges import free_pair, machine_routes

_SECONDS_MOST = 900
_THEIRS = "10.0.0."
VPC, WEAVE = os.environ.get("APOLLO_TEST_NETS", "").split() or free_pair(91, machine_routes())
"""The first two octets of the addresses of the copy's hosts and containers; the user's sandbox has others."""
SYSTEM = os.environ.get("APOLLO_TEST_OS", DEFAULT)
"""What the copy's nodes run, unless its config names another."""
RANGES = {"vpcCidr": f"{VPC}.0.0/16", "weaveCidr": f"{WEAVE}.0.0/16"}
NETWORK_ALONE: Mapping[str, Any] = {"services": []}


@dataclass(frozen=True)
class ProjectCopy:
    """The copy in `folder`. Its sandbox has an id of its own, so it shares nothing with the user's.

    `environment` is added to the environment of its commands.
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
        """Copy the working tree's files that git would clone; `installed` links the virtual environment.

        `config` goes over the sandbox stack's defaults; its keys are without `apollo:`.
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
        own = {**RANGES, "os": SYSTEM, **(config or {})}
        stack["config"] |= {f"apollo:{key}": value for key, value in own.items()}
        (folder / STACK_CONFIG).write_text(yaml.safe_dump(stack))
        return cls(folder, environment or {})

    def run(
        self, *words: str, stdin: str = "", check: bool = True, seconds: float = _SECONDS_MOST
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command in the folder, its stdout and stderr in one; with `check`, a failure is an AssertionError."""
        done = subprocess.run(
            words,
            cwd=self.folder,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds,
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
        """Start a command in its own process group, to be killed or waited for."""
        return subprocess.Popen(
            # A script's background processes ignore SIGINT, and their children inherit that.
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
        """A new one each time, because a Stack keeps the outputs of its first access."""
        return Stack("sandbox", self.folder, self._environ)

    @property
    def _environ(self) -> Mapping[str, str]:
        return {**_environment(), **self.environment}

    def on(self, node: str, command: str, *, stdin: str = "") -> str:
        """Run a command on a node and return its output."""
        stack = _StackOnDisk("sandbox", self.folder, self._environ)
        return self.run(*command_line(stack, node), command, stdin=stdin).stdout.strip()

    def within(self, node: str, *words: str) -> str:
        """Run a program of this machine in the network of a node and return its output."""
        enter = ("ip", "netns", "exec", Home(self.folder).netns(node), *words)
        return self.run(*(enter if os.getuid() == 0 else ("sudo", *enter))).stdout

    def well(self) -> bool:
        return self.make("status", check=False).returncode == 0

    def resources(self) -> list[Mapping[str, Any]]:
        """The resources in the stack's state on disk."""
        state = self.folder / ".sandbox/state/.pulumi/stacks/apollo/sandbox.json"
        if not state.exists():
            return []
        deployment = json.loads(state.read_text())["checkpoint"].get("latest") or {}
        resources: list[Mapping[str, Any]] = deployment.get("resources") or []
        return resources

    def names(self, token: str) -> set[str]:
        """The names of the resources of a type."""
        return {str(found["urn"]).rsplit("::", 1)[1] for found in self.resources() if found["type"] == token}


@contextmanager
def project_copy(config: Mapping[str, Any], *, from_nothing: bool = False) -> Iterator[ProjectCopy]:
    """A copy of the project, removed at the end; with `from_nothing`, without cached packages and images."""
    folder = tempfile.mkdtemp(prefix="apollo-bench-")
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
        shutil.rmtree(folder)  # not reached if `make clean` failed: hosts may still have their disks in it


class _StackOnDisk(Stack):
    """The copy's stack with its outputs from the state on disk, which is faster than starting the CLI."""

    @cached_property
    def _outputs(self) -> Mapping[str, Any]:
        resources = ProjectCopy(self.project).resources()
        return next((one["outputs"] for one in resources if one["type"] == "pulumi:pulumi:Stack"), {})


def _environment() -> dict[str, str]:
    """This process's environment without the variables that would lead a command to another sandbox or images."""
    foreign = ("APOLLO_SANDBOX", "PULUMI_", "AWS_", "STACK", "NODE", "CMD", "MAKE", "MFLAGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "IMAGES": "built"}  # the same images everywhere
