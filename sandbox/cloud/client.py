"""Starting, calling and stopping the daemon, from a process of the user's."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

import httpx
import psutil

from sandbox.home import PROJECT, Home
from sandbox.hosts.processes import command_line

DAEMON = "sandbox.cloud.daemon"
STARTED, STOPPED = 30.0, 60.0  # seconds
# What sudo must pass on: where the sandbox is, and how packages reach this machine.
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
    """The daemon's answer to one of its own calls (control.py). Raises CloudError."""
    endpoint = home.endpoint()
    try:
        answer = httpx.request(
            method,
            f"{endpoint}/sandbox/{urllib.parse.quote(path)}",
            headers={"Authorization": f"Credential={home.key.read_text()}/-/-/sandbox/"},
            timeout=30,
            trust_env=False,  # no proxy is on the way to 127.0.0.1
        )
    except (httpx.TransportError, OSError) as problem:
        raise CloudError(f"the sandbox does not answer on {endpoint}: python -m sandbox start") from problem
    if answer.is_success:
        return answer.json()
    try:
        raise CloudError(answer.json()["error"])
    except (ValueError, KeyError):
        raise CloudError(f"{endpoint} refuses: {answer.reason_phrase}") from None


def as_root(home: Home, *arguments: str) -> list[str]:
    """The command that runs `python -m sandbox ARGUMENTS` as root: through sudo where this process is not."""
    command = [sys.executable, "-m", "sandbox", *arguments]
    if os.getuid() == 0:
        return command
    passed_on = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
    # no compiled file of root's among those of the user
    passed_on += [f"PYTHONPYCACHEPREFIX={home.cache / 'pycache'}", f"XDG_CACHE_HOME={home.cache.parent}"]
    return ["sudo", "env", f"--chdir={PROJECT}", *passed_on, *command]


def spawn(home: Home) -> None:
    """Start the daemon, in a session of its own, and wait until it answers. Needs root. Raises CloudError."""
    with (home.log / "cloud.log").open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", DAEMON],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def announced() -> bool:
        return (home.cloud() or {}).get("pid") == started.pid

    _wait(lambda: announced() or started.poll() is not None, STARTED)
    if started.poll() is not None or not announced():
        last = (home.log / "cloud.log").read_text(errors="replace").strip().split("\n")[-1]
        raise CloudError(f"the sandbox's daemon did not start: {last} (more in {home.log / 'cloud.log'})")


def stop(home: Home) -> None:
    """Have the daemon remove its hosts and end; returns when it has. Raises CloudError."""
    call(home, "POST", "stop")
    if not _wait(lambda: not alive(home), STOPPED):
        raise CloudError(f"the sandbox's daemon did not stop in {STOPPED:.0f} s: python -m sandbox clean")


def end(home: Home) -> None:
    """End the daemon, by force where it does not end by itself, whatever state it is in. Needs root."""
    daemons = [process for process in psutil.process_iter() if _serves(process, home)]
    for process in daemons:
        process.terminate()
    for process in psutil.wait_procs(daemons, STOPPED)[1]:
        process.kill()
        process.wait(STOPPED)
    home.cloud_json.unlink(missing_ok=True)


def _serves(process: psutil.Process, home: Home) -> bool:
    """Whether `process` is this sandbox's daemon: one that has its lock file open."""
    if DAEMON not in command_line(process):
        return False
    try:
        return str(home.cloud_lock.resolve()) in {file.path for file in process.open_files()}
    except psutil.NoSuchProcess:
        return False


def forget(home: Home) -> None:
    """Delete what the sandbox has on disk, except the passphrase: the stack's file may hold secrets made with it."""
    for entry in home.dir.iterdir() if home.dir.is_dir() else ():
        if entry != home.passphrase:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` became true within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
