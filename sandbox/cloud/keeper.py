"""Keeps one host as its instance is meant to be: a thread for each, which owns the host's whole life."""

import subprocess
import threading
import traceback
from collections.abc import Callable

from sandbox.hosts.command import HostError
from sandbox.hosts.host import POWEROFF, REBOOT, RESTART, Host

PATIENCE = 30.0  # seconds that a host may take to shut down before its power is cut
Report = Callable[[str, str], None]  # EC2 state, and why ("" where it is as asked for)


class Keeper:
    """Boots a host as soon as it is made; `report` hears every state that it comes to."""

    def __init__(self, host: Host, prepare: Callable[[], None], report: Report) -> None:
        self.host, self.prepare, self.report = host, prepare, report
        self.goal = "running"  # or stopped, terminated
        self.on = False
        self._wake = threading.Event()
        self._rebooting = False
        self.thread = threading.Thread(target=self._live, name=host.spec.name, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.goal = "stopped"
        self._shut(POWEROFF)

    def start(self) -> None:
        self.goal = "running"
        self._wake.set()

    def reboot(self) -> None:
        """Restart it; a host whose power was cut boots."""
        self._rebooting = True
        self._wake.set()
        self._shut(RESTART)

    def cut(self) -> None:
        """Cut its power, and leave it so; the EC2 API goes on to say `running`, as for a machine that hangs."""
        self.host.cut()

    def terminate(self) -> None:
        self.goal = "terminated"
        self._wake.set()
        threading.Thread(target=self.host.cut, daemon=True).start()

    def _shut(self, wish: int) -> None:
        process = self.host.process
        self.host.ask(wish)
        if process:

            def insist() -> None:
                if not process.wait(PATIENCE):
                    self.host.cut()

            threading.Thread(target=insist, daemon=True).start()

    def _live(self) -> None:
        try:
            self.prepare()
            self.host.create()
            while self.goal != "terminated":
                self._one_life()
        except (HostError, OSError) as problem:
            self._end(str(problem))
        except Exception as problem:  # not foreseen: the instance says it too, and the daemon's log where it was
            traceback.print_exc()
            self._end(f"{type(problem).__name__}: {problem}")
        else:
            self._end("")

    def _one_life(self) -> None:
        """From power on to power off, and the wait for the next."""
        self.goal, self._rebooting = "running", False
        self._wake.clear()
        running = self.host.boot()
        if not self._came_up(running):
            raise HostError(f"the host did not boot: {self.host.last_words()}")
        if self.goal == "terminated":
            self.host.cut()
        self.on = True
        self.report("running", "")
        status = running.wait()
        self.on = False
        if status == REBOOT or self._rebooting or self.goal == "terminated":
            return
        if status == 0 or self.goal == "stopped":
            self.goal = "stopped"
            self.report("stopped", "")
        self._wake.wait()

    def _came_up(self, running: "subprocess.Popen[bytes]") -> bool:
        """Whether the host has a process 1, or came to its end in a way that a host does."""
        while running.poll() is None:
            if self.host.init():
                return True
            self._pause.wait(0.02)
        return running.returncode in (0, REBOOT) or self.goal == "terminated"

    _pause = threading.Event()  # never set: waits between two looks at a process that gives no notice

    def _end(self, why: str) -> None:
        self.host.destroy()
        self.report("terminated", why)
