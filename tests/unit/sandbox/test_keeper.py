"""A host follows its instance's goal, and its keeper reports every state that it reaches."""

import queue
from ipaddress import IPv4Address

import pytest

from sandbox.cloud.keeper import Keeper
from sandbox.home import Home
from sandbox.hosts.host import REBOOT, Host, HostSpec
from sandbox.hosts.programs import HostError
from tests.unit.sandbox.fake_host import FakeHost

SPEC = HostSpec(
    name="fake", instance_id="i-1", hostname="ip-10-0-0-4", address=IPv4Address("10.0.0.4"), prefixlen=16,
    base=(), files={},
)  # fmt: skip


class Life:
    """A keeper over a fake host, and the states that it reports, one at a time."""

    def __init__(self, *, problem: Exception | None = None, bootable: bool = True, pause: float = 0.0) -> None:
        self.states: queue.Queue[tuple[str, str]] = queue.Queue()
        self.host = FakeHost(Home(), SPEC, problem=problem, bootable=bootable)
        host: Host = self.host  # type: ignore[assignment]
        self.keeper = Keeper(host, lambda: None, lambda state, why: self.states.put((state, why)), lambda: pause)

    def next(self) -> tuple[str, str]:
        return self.states.get(timeout=20)

    def over(self) -> None:
        self.keeper.terminate()
        assert self.next() == ("terminated", "")
        assert self.host.calls[-1] == "destroy"


def test_a_termination_ends_the_pause_before_a_host_gets_power() -> None:
    life = Life(pause=1_000_000.0)
    life.over()
    assert life.host.boots == 0


def test_a_host_is_booted_again_when_it_reboots_and_stopped_until_it_is_started_when_it_shuts_down() -> None:
    life = Life()
    assert life.next() == ("running", "")
    life.host.end(REBOOT)
    assert life.next() == ("running", "")
    assert life.host.boots == 2
    life.host.end(0)
    assert life.next() == ("stopped", "")
    life.keeper.start()
    assert life.next() == ("running", "")
    life.over()


@pytest.mark.parametrize(
    ("problem", "why"), [(HostError("no room"), "no room"), (KeyError("disk"), "KeyError: 'disk'")]
)
def test_a_host_that_cannot_be_made_ends_terminated_with_the_reason(problem: Exception, why: str) -> None:
    life = Life(problem=problem)
    assert life.next() == ("terminated", why)
    assert life.host.calls == ["create", "destroy"]


def test_a_host_that_does_not_boot_ends_terminated_with_its_last_words() -> None:
    life = Life(bootable=False)
    assert life.next() == ("terminated", "the host did not boot: no such base")


def test_a_host_of_which_something_remains_is_terminated_all_the_same() -> None:
    life = Life()
    assert life.next() == ("running", "")
    life.host.remains = True
    life.over()
