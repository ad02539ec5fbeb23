"""Processes by pid and start time, so that a number that the kernel gave to somebody else is never signalled."""

import os
import select
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process: its pid, and its start in clock ticks since the machine's boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this pid now; None where there is none, or only its remains."""
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if after_name[0] in "ZX" else cls(pid=pid, started=int(after_name[19]))

    def alive(self) -> bool:
        return Process.of(self.pid) == self

    def command(self) -> list[str]:
        """Its command line; empty when it has gone."""
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
        except (FileNotFoundError, ProcessLookupError):
            return []

    def children(self) -> list["Process"]:
        try:
            pids = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return []
        return [child for pid in pids if (child := Process.of(int(pid)))]

    def send(self, number: int) -> None:
        """Signal it, if it is still the same process."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive():
                signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            pass
        finally:
            os.close(handle)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within `seconds`."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            return not self.alive() or bool(select.select([handle], [], [], seconds)[0])
        finally:
            os.close(handle)


def kill(processes: Iterable[Process], seconds: float = 10) -> None:
    """SIGKILL all of them, and wait until they are gone."""
    victims = list(processes)
    for process in victims:
        process.send(signal.SIGKILL)
    for process in victims:
        process.wait(seconds)


def everyone() -> list[Process]:
    """All processes of the machine."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [process for pid in pids if (process := Process.of(pid))]
