"""A host without systemd-nspawn: a process that ends with the status that it reads."""

import subprocess
import sys

import psutil

from sandbox.home import Home
from sandbox.hosts.host import HostSpec


class FakeHost:
    """`problem` is raised at its creation; one that is not `bootable` ends as soon as it starts."""

    def __init__(
        self, home: Home, spec: HostSpec, *, problem: Exception | None = None, bootable: bool = True
    ) -> None:
        self.spec, self.problem, self.bootable = spec, problem, bootable
        self.netns, self.log = home.netns(spec.name), home.log / f"{spec.name}.log"
        self.boots, self.remains = 0, False
        self.calls: list[str] = []
        self.running: subprocess.Popen[bytes] | None = None

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
        if self.remains:
            raise OSError("the disk is busy")
