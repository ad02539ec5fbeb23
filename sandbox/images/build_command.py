"""Run one command of a build; its failure says what it said."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.hosts.base.build import BuildError


def run(
    *command: str,
    what: str,
    environment: Mapping[str, str],
    folder: Path | None = None,
    heard: Callable[[str], None] = lambda _: None,
) -> str:
    """What it prints, errors included; `heard` gets each line of it at once.

    Raises BuildError: `what` (as in "the image of consul") and the error that it printed, or else its last line.
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
            heard(line.rstrip())
            lines.append(line)
    if running.returncode:
        wrong = [line.strip() for line in lines if line.startswith(("E: ", "error: "))]
        said = wrong[:1] or [line.strip() for line in lines if line.strip()][-1:]
        raise BuildError(
            f"{what} could not be built by {Path(command[0]).name}: {''.join(said) or running.returncode}\n"
            "Debian packages come by this machine's apt sources, Go modules by GOPROXY, Go itself by pip's index."
        )
    return "".join(lines)
