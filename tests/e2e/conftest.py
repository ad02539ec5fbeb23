"""A sandbox of the tests' own, beside whatever the user runs; where there can't be one, it says why."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from bench import workspace
from bench.workspace import ProjectCopy
from sandbox.home import PROJECT, Home
from sandbox.hosts.preflight import missing_packages, problems
from sandbox.hosts.ranges import free_pair, machine_routes

VPC, WEAVE = free_pair(77, machine_routes())
RANGES = {"vpcCidr": f"{VPC}.0.0/16", "weaveCidr": f"{WEAVE}.0.0/16"}


def sandbox_command(*arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run `python -m sandbox ARGUMENTS`; unless `check` is off, a failure is the test's, with all that it printed."""
    command = [sys.executable, "-m", "sandbox", *arguments]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if check and done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done


def need_hosts(home: Home, ranges: Mapping[str, str] = RANGES) -> None:
    """Skip where hosts can't run, with the reason."""
    why = problems(home, ranges) + [f"not installed: {name}" for name in missing_packages()]
    if os.getuid() != 0 and not why and subprocess.run(["sudo", "-n", "true"], check=False).returncode:
        why = ["sudo asks for a password: run `sudo true` first"]
    if why:
        pytest.skip("; ".join(why))


@contextmanager
def cluster_copy(factory: pytest.TempPathFactory, name: str, config: Mapping[str, Any]) -> Iterator[ProjectCopy]:
    """A copy of the project, not yet up, with ranges of its own; nothing of its cluster is left afterwards."""
    project = ProjectCopy.create(factory.mktemp(name), config=config)
    need_hosts(Home(project.folder), workspace.RANGES)
    try:
        yield project
    finally:
        project.make("clean")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A running sandbox with a folder, an id and ranges (RANGES) of its own; nothing of it is left afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APOLLO_SANDBOX", str(tmp_path_factory.mktemp("sandbox")))
        home = Home()
        need_hosts(home)
        ranges = [f"--range={key}={cidr}" for key, cidr in RANGES.items()]
        try:
            sandbox_command("start", *ranges)
            for name, value in home.environ().items():
                patch.setenv(name, value)
            yield home
        finally:
            sandbox_command("clean")


@pytest.fixture(autouse=True, scope="session")
def _no_agent() -> None:
    """A key agent of the user's has no say in how the tests log in."""
    os.environ.pop("SSH_AUTH_SOCK", None)
