"""Which Pulumi CLI drives the stacks: one on PATH, one in the user's cache, the installer's, or one built from Go."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.home import PROJECT, Home

LANGUAGE_HOST = "pulumi-language-python"
INSTALLER = "https://get.pulumi.com"
_CONNECT_SECONDS = 5
_INSTALL_SECONDS = 600

Say = Callable[[str], None]
Version = tuple[int, int, int]


class CliError(Exception):
    """There is no CLI for this stack: why, and what to do."""


@dataclass(frozen=True)
class Cli:
    """`program` is the executable."""

    program: Path

    @property
    def runs_python(self) -> bool:
        """Whether it has Pulumi's own language host for Python: beside it, or on PATH."""
        beside = self.program.resolve().parent / LANGUAGE_HOST
        return all(
            beside.with_name(name).exists() or shutil.which(name) for name in (LANGUAGE_HOST, f"{LANGUAGE_HOST}-exec")
        )


@cache
def pinned() -> str:
    """The version of the SDK, such as "3.259.0", from the lock that every virtual environment is made from."""
    lock = (PROJECT / "requirements/base.txt").read_text()
    return str(re.findall(r"^pulumi==(\S+)", lock, re.MULTILINE)[0])


def works(version: Version) -> bool:
    """Whether this project works with a CLI of that version: the SDK's, or a newer one of the same major version."""
    least = _version(pinned())
    return version[0] == least[0] and version >= least


def find(home: Home, *, sandbox: bool, say: Say) -> Cli:
    """The CLI for a stack; it is installed, or for the sandbox's stack built, if need be. Raises CliError.

    `say` hears what takes time, and why a CLI on PATH is not used.
    """
    return find_or_install(home, sandbox=sandbox, say=say) or Cli(_build(home, say))


def find_or_install(home: Home, *, sandbox: bool, say: Say) -> Cli | None:
    """The CLI for a stack; None where one has to be built (for the sandbox alone). Raises CliError."""
    return (
        _on_path(say, sandbox=sandbox) or _cached(home, sandbox=sandbox) or _fetched(home, sandbox=sandbox, say=say)
    )


def installed(home: Home) -> Path:
    """Where the installer's CLI of the pinned version is, or will be: the folder that holds bin/."""
    return home.cache / f"pulumi-{pinned()}"


def built(home: Home) -> Path:
    """Where the CLI of the pinned version that was built from Go is, or will be: the folder that holds bin/."""
    return home.cache / f"pulumi-{pinned()}-go"


def _on_path(say: Say, *, sandbox: bool) -> Cli | None:
    found = shutil.which("pulumi")
    if found is None:
        return None
    cli = Cli(Path(found))
    version = _version_of(cli)
    if version is None or not works(version):
        least = pinned()
        shown = ".".join(map(str, version)) if version else "of an unknown version"
        say(f"passing over {found}, which is {shown}: this project needs {least} or a newer {least.split('.')[0]}.x")
        return None
    if not sandbox and not cli.runs_python:
        say(f"passing over {found}: it has no {LANGUAGE_HOST} beside it")
        return None
    return cli


def _cached(home: Home, *, sandbox: bool) -> Cli | None:
    folders = (installed(home), built(home)) if sandbox else (installed(home),)
    programs = (folder / "bin" / "pulumi" for folder in folders)
    return next((Cli(program) for program in programs if os.access(program, os.X_OK)), None)


def _fetched(home: Home, *, sandbox: bool, say: Say) -> Cli | None:
    version, folder = pinned(), installed(home)
    say(f"installing Pulumi {version} into {folder}")
    problem = _install(version, folder)
    if not problem:
        return Cli(folder / "bin" / "pulumi")
    if not sandbox:
        raise CliError(
            f"Pulumi {version} could not be installed from {INSTALLER}: {problem}\n"
            "  Install it another way (https://www.pulumi.com/docs/install/), put it on PATH, and run this again.\n"
            "  The sandbox builds a Pulumi of its own, but that one has no language host for stacks on AWS."
        )
    say(f"that was not possible ({problem}): building it from its Go module (once, about 4 minutes)")
    return None


def _build(home: Home, say: Say) -> Path:
    from sandbox.cli.build import build
    from sandbox.hosts.base.command import BuildError

    try:
        return build(home, built(home), say)
    except BuildError as error:
        raise CliError(str(error)) from error


def _install(version: str, folder: Path) -> str:
    """Run the official installer; returns what went wrong, "" if nothing did."""
    half = folder.with_name(f"{folder.name}.half-{os.getpid()}")
    try:
        # The installer is read as a whole before it runs: half a script does damage.
        fetch = ("curl", "-fsSL", "--connect-timeout", str(_CONNECT_SECONDS), INSTALLER)
        script = subprocess.run(fetch, capture_output=True, text=True, check=True, timeout=_INSTALL_SECONDS).stdout
        run = ("sh", "-s", "--", "--version", version, "--install-root", str(half), "--no-edit-path")
        subprocess.run(run, input=script, capture_output=True, text=True, check=True, timeout=_INSTALL_SECONDS)
        half.rename(folder)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        return lines[-1] if lines else f"{error.cmd[0]} ended with status {error.returncode}"
    except subprocess.TimeoutExpired:
        return f"it took longer than {_INSTALL_SECONDS} s"
    except OSError as error:
        return str(error)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return ""


def _version_of(cli: Cli) -> Version | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            (cli.program, "version"), capture_output=True, text=True, check=True, env=environment, timeout=60
        )
        return _version(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _version(text: str) -> Version:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a version")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch
