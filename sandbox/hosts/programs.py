"""Run a program of this machine; its failure is one line with the last of its errors."""

import subprocess


class HostError(Exception):
    """A step of making or removing a host failed; the message is one line."""


def run(*command: str, stdin: str = "", check: bool = True) -> str:
    """Standard output of `command`. Raises HostError where it fails and `check` is on."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, errors="replace")
    except FileNotFoundError:
        if check:
            raise HostError(f"{command[0]} is not installed on this machine") from None
        return ""
    if check and done.returncode:
        errors = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise HostError(f"{' '.join(command[:6])}: {errors[-1]}")
    return done.stdout
