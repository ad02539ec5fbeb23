"""python -m ops.explain pulumi ARGUMENTS: run the CLI, and after a failure print what to do about it."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from ops.explain.answers import answers
from ops.explain.events import failures, region, stack, step_failures
from ops.explain.roll import stopped
from ops.explain.silence import silence

_PARENT_DEATH_SIGNAL = 1  # of prctl
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)  # Linux alone has it


def run(command: list[str]) -> int:
    """Its exit status, as a shell has it. The CLI's own output is untouched; the answers follow it on stderr."""
    if any(word.partition("=")[0] == "--event-log" for word in command):
        return _status(command, os.environ)
    # only this user's: the log has the config and the resources, with [secret] in place of secrets
    with tempfile.TemporaryDirectory(prefix="pulumiw-") as folder:
        log = Path(folder) / "events"
        # the CLI hides the option without that variable
        status = _status([*command, "--event-log", str(log)], os.environ | {"PULUMI_DEBUG_COMMANDS": "true"})
        if status and log.exists():
            lines = log.read_text(errors="replace").splitlines()
            silent = silence(step_failures(lines), stack(lines))
            if found := [*answers(failures(lines), region(lines)), *silent, *stopped(lines)]:
                print("\nWhat to do:", *(f"  {answer}" for answer in found), sep="\n", file=sys.stderr, flush=True)
    return status


def _status(command: list[str], environment: "os._Environ[str] | dict[str, str]") -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(command, env=environment, preexec_fn=_as_if_alone)
    # A terminal sends Ctrl-C to the CLI itself, and a second one would make it end at once.
    passed_on = (signal.SIGTERM, signal.SIGHUP) if _has_terminal() else (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    for number in passed_on:
        signal.signal(number, lambda sent, _: child.send_signal(sent))
    status = child.wait()
    return status if status >= 0 else 128 - status


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _as_if_alone() -> None:
    """In the child: no CLI goes on after the ./pulumiw that the user killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if _PRCTL:
        _PRCTL(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
