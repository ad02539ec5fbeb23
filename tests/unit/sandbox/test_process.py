"""Processes are signalled only when they are the ones that were meant."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sandbox.hosts.process import Process, kill


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as running:
        yield running
        running.kill()


def test_a_process_that_took_over_the_number_is_left_alone(
    sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(signal, "pidfd_send_signal", lambda _, number: sent.append(number))
    real = Process.of(sleeper.pid)
    assert real
    stranger = Process(pid=real.pid, started=real.started + 1)
    kill([stranger])
    assert (sent, stranger.alive()) == ([], False)
    real.send(signal.SIGTERM)
    assert sent == [signal.SIGTERM]


def test_a_kill_returns_when_the_process_is_gone(sleeper: "subprocess.Popen[bytes]") -> None:
    real = Process.of(sleeper.pid)
    assert real
    assert "import time; time.sleep(600)" in real.command()
    assert real in (Process.of(os.getpid()) or real).children()
    kill([real])
    assert not real.alive()
    assert Process.of(sleeper.pid) is None
