"""Processes are signalled only where they are the ones that were meant."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud import client
from sandbox.home import Home
from sandbox.hosts.processes import alive, kill, with_pids

Running = subprocess.Popen[str]


@pytest.fixture
def sleeper() -> Iterator[Running]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], text=True) as running:
        yield running
        running.kill()


def test_a_process_that_took_over_a_pid_is_left_alone(sleeper: Running) -> None:
    (earlier,) = with_pids([sleeper.pid])
    earlier._ident = (sleeper.pid, 0.0)  # type: ignore[attr-defined]  # as if it had started at another time
    kill([earlier])
    assert not alive(earlier)
    assert sleeper.poll() is None


def test_a_kill_returns_when_the_process_is_gone_and_leaves_its_status_to_its_parent(sleeper: Running) -> None:
    found = with_pids([sleeper.pid])
    kill(found)
    assert not alive(found[0])
    assert sleeper.wait() == -9


def test_clean_ends_the_daemon_of_its_own_sandbox_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each of the two holds the lock of its own folder, as daemons do, and ignores SIGTERM."""
    code = (
        "import fcntl, signal, sys, time; lock = open(sys.argv[2], 'w'); fcntl.flock(lock, fcntl.LOCK_EX);"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('locked', flush=True); time.sleep(600)"
    )
    monkeypatch.setattr(client, "STOPPED", 0.1)
    daemons = []
    for name in ("mine", "theirs"):
        monkeypatch.setenv("APOLLO_SANDBOX", str(tmp_path / name))
        Home().prepare()
        command = [sys.executable, "-c", code, client.DAEMON, str(Home().cloud_lock)]
        daemons.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert daemons[-1].stdout
        assert daemons[-1].stdout.readline() == "locked\n"
    theirs = daemons[1]
    try:
        monkeypatch.setenv("APOLLO_SANDBOX", str(tmp_path / "mine"))
        assert client.alive(Home())
        client.end(Home())
        assert (client.alive(Home()), theirs.poll()) == (False, None)
    finally:
        for daemon in daemons:
            daemon.kill()
            daemon.communicate()
