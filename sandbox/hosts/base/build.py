"""Build the base image: a Debian root folder with every package that a node's step base-packages needs."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sandbox.home import Home
from sandbox.hosts.base.sources import SUITE, machine_sources

RECIPE = Path(__file__).parent
FILES = RECIPE / "files"
FAST = ("force-unsafe-io", "path-exclude=/usr/share/man/*", "path-exclude=/usr/share/doc/*")
Say = Callable[[str], None]


class BuildError(Exception):
    """The base image could not be made; the message says what to do."""


def recipe_hash(recipe: Path = RECIPE) -> str:
    """12 hex digits over what decides the image: suite, options, and name and content of the recipe's files."""
    digest = hashlib.sha256("\0".join((SUITE, *FAST)).encode())
    for file in sorted(path for path in recipe.rglob("*") if path.is_file()):
        if file.suffix not in (".py", ".pyc"):
            digest.update(f"\0{file.relative_to(recipe)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def base_folder(home: Home) -> Path:
    """Where the base of the present recipe is, or will be."""
    return home.cache / f"base-{recipe_hash()}"


def base_image(home: Home, say: Say) -> Path:
    """The finished base, built first where it is not there (about a minute).

    A second caller waits for the first. A build works in a folder of its own and renames it when all is done,
    so that a broken half is never taken for a base. Needs root.
    """
    base = base_folder(home)
    if base.is_dir():
        return base
    home.cache.mkdir(parents=True, exist_ok=True)
    with _lock(home.cache / "base.lock"):
        if base.is_dir():
            return base
        for stale in home.cache.glob("build-*"):
            shutil.rmtree(stale)
        half = Path(tempfile.mkdtemp(prefix="build-", dir=home.cache))
        half.chmod(0o755)
        try:
            _build(half, say)
            (half / "root").rename(base)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return base


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(half: Path, say: Say) -> None:
    root = half / "root"
    packages = (RECIPE / "packages.txt").read_text().split()
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", f"--include={','.join(packages)}"]
    command += [f"--dpkgopt={option}" for option in FAST]
    _follow([*command, SUITE, str(root), *machine_sources()], say)
    say("setting up the image")
    for file in sorted(path for path in FILES.rglob("*") if path.is_file()):
        target = root / file.relative_to(FILES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_bytes(file.read_bytes())
        target.chmod(0o644)
    with (RECIPE / "customize.sh").open() as script:
        _follow(["chroot", str(root), "/bin/sh", "-s"], say, stdin=script)


def _follow(command: list[str], say: Say, stdin: TextIO | None = None) -> None:
    """Run `command`, pass on its lines of progress, and raise BuildError with its errors if it fails."""
    errors: list[str] = []
    with subprocess.Popen(
        command, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in running.stdout or ():
            if line.startswith("I: "):
                say(line.removeprefix("I: ").rstrip())
            elif line.startswith(("E: ", "W: ", "Err:")) or command[0] != "mmdebstrap":
                errors.append(line.strip())
    if running.returncode:
        raise BuildError(
            f"the base image could not be built by {command[0]}: {'; '.join(errors[:3]) or running.returncode}\n"
            f"It takes Debian {SUITE} from this machine's own apt sources or, where they have none, from Debian's; "
            f"where neither answers, add a mirror of Debian {SUITE} to /etc/apt/sources.list.d."
        )
