"""Build the base image: a Debian root folder with every package that a node's step base-packages needs."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.home import Home
from sandbox.hosts.base.command import Say, run
from sandbox.hosts.base.folder import copy_files, fingerprint
from sandbox.hosts.base.sources import machine_sources
from sandbox.hosts.base.systems import SYSTEMS, System
from sandbox.hosts.disk import unmount_below
from sandbox.hosts.programs import HostError

RECIPE = Path(__file__).parent
FAST = ("force-unsafe-io", "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/doc/*")
REMEDY = (
    "It takes Debian {suite} from this machine's own apt sources or, where they have none, from Debian's; "
    "where neither answers, add a mirror of Debian {suite} to /etc/apt/sources.list.d."
)


def base_folder(home: Home, system: System) -> Path:
    """Where the base of the present recipe is, or will be."""
    return home.cache / f"base-{fingerprint(RECIPE, system.suite, *FAST, *system.packages)}"


def any_base(home: Home) -> Path:
    """A base that is built, whichever: for a program that all of them have. Raises HostError where none is."""
    folders = (base_folder(home, system) for system in SYSTEMS.values())
    if base := next((folder for folder in folders if folder.is_dir()), None):
        return base
    raise HostError("no base image of hosts is built yet: python -m sandbox image")


def base_image(home: Home, system: System, say: Say) -> Path:
    """The finished base of a system, built first where it is not there (one or two minutes).

    A second caller waits for the first. A build works in a folder of its own and renames it when all is done,
    so that a broken half is never taken for a base. Needs root.
    """
    base = base_folder(home, system)
    if base.is_dir():
        return base
    home.cache.mkdir(parents=True, exist_ok=True)
    with _lock(home.cache / "base.lock"):
        if base.is_dir():
            return base
        for stale in home.cache.glob("build-*"):
            unmount_below(stale)  # what a build that was killed had mounted
            shutil.rmtree(stale)
        half = Path(tempfile.mkdtemp(prefix="build-", dir=home.cache))
        half.chmod(0o755)
        try:
            _build(half, system, say)
            (half / "root").rename(base)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return base


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(half: Path, system: System, say: Say) -> None:
    root = half / "root"
    packages = [*(RECIPE / "packages.txt").read_text().split(), *system.packages]
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", f"--include={','.join(packages)}"]
    command += [f"--dpkgopt={option}" for option in FAST]
    _run(*command, system.suite, str(root), *machine_sources(system.suite), suite=system.suite, say=say)
    say("setting up the image")
    copy_files(RECIPE / "files", root)
    _run("chroot", str(root), "/bin/sh", "-c", (RECIPE / "customize.sh").read_text(), suite=system.suite, say=say)


def _run(*command: str, suite: str, say: Say) -> None:
    """Passes on mmdebstrap's lines of progress."""

    def progress(line: str) -> None:
        if line.startswith("I: "):
            say(line.removeprefix("I: "))

    run(*command, what="the base image", environment=os.environ, on_line=progress, remedy=REMEDY.format(suite=suite))
