"""Keeps one host in the state of its instance: a thread for each host, from its creation to its end."""

import subprocess
import threading
import time
import traceback
from collections.abc import Callable

from sandbox.hosts.host import POWEROFF, REBOOT, RESTART, Host
from sandbox.hosts.programs import HostError

PATIENCE = 30.0  # seconds that a host may take to shut down before its power is cut
Report = Callable[[str, str], None]  # EC2 state, and why ("" where the API asked for it)


class Keeper:
    """Boots a host as soon as it is made; calls `report` with every state that the host reaches.

    `pause`: the seconds that pass before the host gets power.
    """

    def __init__(
        self, host: Host, prepare: Callable[[], None], report: Report, pause: Callable[[], float] = lambda: 0.0
    ) -> None:
        self.host, self.prepare, self.report, self.pause = host, prepare, report, pause
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
        """Cut its power for good; the EC2 API keeps reporting `running`, as for a machine that hangs."""
        self.host.cut()

    def terminate(self) -> None:
        self.goal = "terminated"
        self._wake.set()
        threading.Thread(target=self.host.cut, daemon=True).start()

    def _shut(self, wish: int) -> None:
        running = self.host.running
        self.host.signal(wish)
        if running:

            def insist() -> None:
                try:
                    running.wait(PATIENCE)
                except subprocess.TimeoutExpired:
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
        except Exception as problem:  # a fault of this program: its trace is in the daemon's log
            traceback.print_exc()
            self._end(f"{type(problem).__name__}: {problem}")
        else:
            self._end("")

    def _one_life(self) -> None:
        """From power on to power off, and the wait for the next."""
        self.goal, self._rebooting = "running", False
        self._wake.clear()
        if self._wake.wait(self.pause()) and self.goal == "terminated":
            return
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
        """Whether the host has a process 1, or has ended as a host does: shut down, for a reboot, or terminated."""
        while running.poll() is None:
            if self.host.init():
                return True
            time.sleep(0.05)  # systemd-nspawn gives no notice of it
        return running.returncode in (0, REBOOT) or self.goal == "terminated"

    def _end(self, why: str) -> None:
        try:
            self.host.destroy()
        except Exception:  # what remains is removed by `make clean`; the API waits for an end in any case
            traceback.print_exc()
        self.report("terminated", why)
