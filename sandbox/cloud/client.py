"""Starting, asking and stopping the daemon, from a process of the user's."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from sandbox.home import PROJECT, Home
from sandbox.hosts.process import Process

STARTED, STOPPED = 30.0, 60.0  # seconds
# What sudo must hand on: where the sandbox is, and by which ways packages come to this machine.
KEPT = (
    *("APOLLO_SANDBOX", "XDG_CACHE_HOME", "GOPROXY", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "SSL_CERT_FILE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


class CloudError(Exception):
    """The daemon could not be started, reached or stopped; the message is what the user reads."""


def alive(home: Home) -> bool:
    """Whether a daemon of this sandbox lives: it holds the lock for as long as it does."""
    try:
        with home.cloud_lock.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def call(home: Home, method: str, path: str) -> Any:
    """What the daemon answers to one of its own calls (control.py). Raises CloudError."""
    request = urllib.request.Request(  # noqa: S310 (the endpoint is on 127.0.0.1)
        f"{home.endpoint()}/sandbox/{urllib.parse.quote(path)}",
        method=method,
        headers={"Authorization": f"Credential={home.key.read_text()}/-/-/sandbox/"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        try:
            why = json.loads(refused.read())["error"]
        except (ValueError, KeyError):
            why = f"{home.endpoint()} refuses: {refused.reason}"
        raise CloudError(why) from refused
    except OSError as problem:
        raise CloudError(f"the sandbox does not answer on {home.endpoint()}: python -m sandbox start") from problem


def as_root(home: Home, *arguments: str) -> list[str]:
    """The command that runs `python -m sandbox ARGUMENTS` as root: by sudo where this process is not."""
    command = [sys.executable, "-m", "sandbox", *arguments]
    if os.getuid() == 0:
        return command
    handed_on = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
    # root leaves no compiled files between those of the user
    handed_on += [f"PYTHONPYCACHEPREFIX={home.cache / 'pycache'}", f"XDG_CACHE_HOME={home.cache.parent}"]
    return ["sudo", "env", f"--chdir={PROJECT}", *handed_on, *command]


def spawn(home: Home) -> None:
    """Start the daemon, in a session of its own, and wait until it answers. Needs root. Raises CloudError."""
    with (home.log / "cloud.log").open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "sandbox.cloud.daemon"],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _wait(lambda: (home.cloud() or {}).get("pid") == started.pid or started.poll() is not None, STARTED)
    if started.poll() is not None or (home.cloud() or {}).get("pid") != started.pid:
        last = (home.log / "cloud.log").read_text(errors="replace").strip().split("\n")[-1]
        raise CloudError(f"the sandbox's daemon did not start: {last} ({home.log / 'cloud.log'} has it all)")


def stop(home: Home) -> None:
    """Have the daemon remove its hosts and end; returns when it has. Raises CloudError."""
    call(home, "POST", "stop")
    if not _wait(lambda: not alive(home), STOPPED):
        raise CloudError(f"the sandbox's daemon did not stop in {STOPPED:.0f} s: python -m sandbox clean")


def end(home: Home) -> None:
    """End the daemon, by force if need be, and whatever state it is in. Needs root."""
    said = home.cloud()
    process = Process(pid=said["pid"], started=said["started"]) if said else None
    if process and "sandbox.cloud.daemon" in process.command():
        process.send(signal.SIGTERM)
        if not process.wait(STOPPED):
            process.send(signal.SIGKILL)
            process.wait(STOPPED)
    home.cloud_json.unlink(missing_ok=True)


def forget(home: Home) -> None:
    """Delete what the sandbox has on disk, but for the passphrase: a stack's file may hold secrets made with it."""
    for entry in home.dir.iterdir() if home.dir.is_dir() else ():
        if entry != home.passphrase:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
