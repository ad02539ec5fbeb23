"""A host follows its instance's goal, and its keeper reports every state that it reaches."""

import queue
import subprocess
import sys

import psutil
import pytest

from sandbox.cloud.keeper import Keeper
from sandbox.hosts.host import REBOOT, Host
from sandbox.hosts.programs import HostError


class FakeHost:
    """Instead of systemd-nspawn, a process that ends with the status that it reads."""

    def __init__(self, *, problem: Exception | None = None, bootable: bool = True) -> None:
        self.problem, self.bootable = problem, bootable
        self.boots = 0
        self.calls: list[str] = []
        self.running: subprocess.Popen[bytes] | None = None
        self.spec = type("Spec", (), {"name": "fake"})

    def create(self) -> None:
        self.calls.append("create")
        if self.problem:
            raise self.problem

    def boot(self) -> "subprocess.Popen[bytes]":
        self.boots += 1
        code = "import sys; sys.exit(int(sys.stdin.readline() or 9))"
        self.running = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        if not self.bootable:
            self.end(1)
        return self.running

    def end(self, status: int) -> None:
        assert self.running
        self.running.communicate(f"{status}\n".encode())

    def last_words(self) -> str:
        return "no such base"

    def init(self) -> psutil.Process | None:
        return psutil.Process(self.running.pid) if self.running and self.bootable else None

    def signal(self, wish: int) -> None:
        self.calls.append(f"signal {wish}")

    def cut(self) -> None:
        if self.running:
            self.running.kill()

    def destroy(self) -> None:
        self.cut()
        self.calls.append("destroy")


class Life:
    """A keeper over a fake host, and the states that it reports, one at a time."""

    def __init__(self, fake: FakeHost | None = None) -> None:
        self.states: queue.Queue[tuple[str, str]] = queue.Queue()
        self.host = fake or FakeHost()
        host: Host = self.host  # type: ignore[assignment]
        self.keeper = Keeper(host, lambda: None, lambda state, why: self.states.put((state, why)))

    def next(self) -> tuple[str, str]:
        return self.states.get(timeout=20)

    def over(self) -> None:
        self.keeper.terminate()
        assert self.next() == ("terminated", "")
        assert self.host.calls[-1] == "destroy"


def test_a_host_that_asks_for_a_reboot_is_booted_again() -> None:
    life = Life()
    assert life.next() == ("running", "")
    life.host.end(REBOOT)
    assert life.next() == ("running", "")
    assert life.host.boots == 2
    life.over()


def test_a_host_that_shuts_down_is_stopped_until_it_is_started() -> None:
    life = Life()
    assert life.next() == ("running", "")
    life.host.end(0)
    assert life.next() == ("stopped", "")
    life.keeper.start()
    assert life.next() == ("running", "")
    life.over()


def test_a_host_without_power_reports_nothing_and_boots_on_reboot() -> None:
    life = Life()
    assert life.next() == ("running", "")
    life.keeper.cut()
    life.host.running.wait()  # type: ignore[union-attr]
    with pytest.raises(queue.Empty):
        life.states.get_nowait()
    life.keeper.reboot()
    assert life.next() == ("running", "")
    life.over()


@pytest.mark.parametrize(
    ("problem", "why"), [(HostError("no room"), "no room"), (KeyError("disk"), "KeyError: 'disk'")]
)
def test_a_host_that_cannot_be_made_ends_terminated_with_the_reason(problem: Exception, why: str) -> None:
    life = Life(FakeHost(problem=problem))
    assert life.next() == ("terminated", why)
    assert life.host.calls == ["create", "destroy"]


def test_a_host_that_does_not_boot_ends_terminated_with_its_last_words() -> None:
    life = Life(FakeHost(bootable=False))
    assert life.next() == ("terminated", "the host did not boot: no such base")
