"""Run one command of a build; its failure says what it said."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from sandbox.hosts.base.build import BuildError


def run(*command: str, what: str, environment: Mapping[str, str], folder: Path | None = None) -> str:
    """Standard output. Raises BuildError: `what` (as in "the image of consul") and the last lines of its errors."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()][-3:]
        raise BuildError(
            f"{what} could not be built by {Path(command[0]).name}: {'; '.join(said) or done.returncode}\n"
            "Debian packages come by this machine's apt sources, Go modules by GOPROXY, Go itself by pip's index."
        )
    return done.stdout
