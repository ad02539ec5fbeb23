"""Run one command of a build; an error quotes the message of the command. And programs of another root folder."""

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


def of_root(program: str, *roots: Path) -> list[str]:
    """The command for a program in the first of `roots`, with the loader in the last and the libraries of all.

    This machine may have others.
    """
    libraries = [root / "usr/lib/x86_64-linux-gnu" for root in roots]
    loader = str(libraries[-1] / "ld-linux-x86-64.so.2")
    return [loader, "--library-path", ":".join(map(str, libraries)), str(roots[0] / program)]
