"""Run one command of a build; an error quotes the message of the command. And the programs of the base image."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

Say = Callable[[str], None]
SOURCES = "Debian packages come from this machine's apt sources, Go modules from GOPROXY, Go from pip's index."


class BuildError(Exception):
    """What could not be built, why, and what to do."""


def run(
    *command: str,
    what: str,
    environment: Mapping[str, str],
    folder: Path | None = None,
    on_line: Say = lambda _: None,
    remedy: str = SOURCES,
) -> str:
    """Returns the output of `command`, errors included; `on_line` gets each line of it at once.

    Raises BuildError with `what` (as in "the image of consul"), the first error in the output, or its last line, and
    `remedy`.
    """
    lines = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        for line in running.stdout or ():
            on_line(line.rstrip())
            lines.append(line)
    if running.returncode:
        errors = [line.strip() for line in lines if line.startswith(("E: ", "error: "))]
        message = errors[:1] or [line.strip() for line in lines if line.strip()][-1:]
        why = "".join(message) or running.returncode
        raise BuildError(f"{what} could not be built by {Path(command[0]).name}: {why}\n{remedy}")
    return "".join(lines)


def of_base(base: Path, program: str) -> list[str]:
    """A program of the base image, with the base's own loader and libraries, because this machine may have others."""
    libraries = f"{base}/lib/x86_64-linux-gnu:{base}/usr/lib/x86_64-linux-gnu"
    return [str(base / "lib64/ld-linux-x86-64.so.2"), "--library-path", libraries, str(base / program)]
