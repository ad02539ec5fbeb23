"""The process of one load balancer, in a network namespace of its own on the VPC's switch."""

import contextlib
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from ipaddress import IPv4Address

from pydantic import ValidationError

from sandbox.balancing.spec import Order, Report
from sandbox.home import PROJECT, Home
from sandbox.hosts.network import NIC, plug, unplug
from sandbox.hosts.programs import run

log = logging.getLogger("cloud")


class Process:
    """Needs root. `report` is called from a thread of its own, at last with a problem when the process has ended."""

    def __init__(self, home: Home, name: str, report: Callable[[Report], None]) -> None:
        self.home, self.name, self.report = home, name, report
        self.netns = home.netns(name)
        self.log = home.log / f"{name}.log"
        self._addresses: list[IPv4Address] = []
        self._running: subprocess.Popen[str] | None = None

    def follow(self, order: Order, prefixlen: int) -> None:
        """Have it at the addresses of `order`, as ordered. `prefixlen` is the VPC's. Raises HostError, OSError."""
        addresses = list(order.addresses.values())
        running = self._running
        if self._addresses != addresses or not running or running.poll() is not None:
            self.remove()
            running = self._start(addresses, prefixlen)
        if running.stdin:
            running.stdin.write(order.model_dump_json() + "\n")
            running.stdin.flush()

    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def _start(self, addresses: list[IPv4Address], prefixlen: int) -> "subprocess.Popen[str]":
        first, *others = self._addresses = addresses
        plug(self.home, netns=self.netns, port=_port(first), address=first, prefixlen=prefixlen)
        for address in others:
            run("ip", "-n", self.netns, "address", "add", f"{address}/{prefixlen}", "dev", NIC)
        with self.log.open("ab") as log_file:
            self._running = running = subprocess.Popen(
                ["ip", "netns", "exec", self.netns, sys.executable, "-m", "sandbox.balancing"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log_file,
                text=True,
                start_new_session=True,
            )
        threading.Thread(target=self._listen, args=(running,), name=self.name, daemon=True).start()
        return running

    def _listen(self, running: "subprocess.Popen[str]") -> None:
        for line in running.stdout or ():
            try:
                self.report(Report.model_validate_json(line))
            except ValidationError:
                log.exception("%s", self.name)
        status = running.wait()
        if running is self._running:  # nobody has ended it
            self.report(Report(problem=f"its process ended with {status}: see {self.log}"))

    def remove(self) -> None:
        """End the process and remove its network, in whatever state they are."""
        running, self._running = self._running, None
        if running:
            running.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(10)
        if self._addresses:
            unplug(self.home, netns=self.netns, port=_port(self._addresses[0]))
        self._addresses = []


def _port(address: IPv4Address) -> str:
    return f"b{int(address):08x}"
