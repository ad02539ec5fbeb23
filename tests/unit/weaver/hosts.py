"""Hosts for routers: network namespaces on one switch, each with a bridge that a router joins to the others."""

import os
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.waiting import until

CONTROL = "6784"
_PASSWORD = "secret"
_FETCH = """
import sys, urllib.request as u
url, form, method = sys.argv[1:]
request = u.Request(url, form.encode() or None, method=method or None)
print(u.urlopen(request, timeout=5).read().decode())
"""
NO_DNS = ("--no-dns",)
DNS = ("--dns-listen-address", "127.0.0.1:6753", "--resolv-conf", "/dev/null")
"""Flags of a router that answers DNS."""


def ip(*arguments: str) -> str:
    done = subprocess.run(("ip", *arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
    return done.stdout


@dataclass(kw_only=True)
class Host:
    """One namespace: `number` makes its addresses 10.0.9.N and, on the bridge, 10.2.0.N."""

    number: int
    namespace: str
    weaver: Path
    folder: Path
    router: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"10.0.9.{self.number}"

    @property
    def name(self) -> str:
        return f"02:0a:02:00:00:{self.number:02x}"

    def launch(self, *peers: str, password: str = _PASSWORD, flags: tuple[str, ...] = NO_DNS) -> None:
        """Starts a router, in a new folder, and waits until it answers."""
        run = self.folder / f"run-{time.monotonic_ns()}"
        run.mkdir()
        command = [
            *("ip", "netns", "exec", self.namespace, str(self.weaver)),
            *("--weave-bridge", "weave", "--no-fastdp", "--mtu", "1376", "--port", "6783"),
            *("--nickname", f"host-{self.number}", "--docker-api", "", "--ipalloc-range", ""),
            *("--http-addr", f"0.0.0.0:{CONTROL}", *flags, *peers),
        ]
        environment = {"PATH": os.environ["PATH"], "WEAVE_PASSWORD": password}
        with (run / "log").open("wb") as log:
            self.router = subprocess.Popen(command, cwd=run, env=environment, stderr=log, stdout=log)
        until(self._answers, f"the router of host {self.number} answers; {(run / 'log').read_text()}")

    def _answers(self) -> bool:
        return self.router is not None and self.router.poll() is None and "Version" in self.page("/status")

    def stop(self, *, kill: bool = False) -> None:
        if self.router:
            self.router.kill() if kill else self.router.terminate()
            self.router.wait(timeout=10)
            self.router = None

    def page(self, path: str) -> str:
        """One of its own pages; "" when it does not answer."""
        return self.fetch(f"http://127.0.0.1:{CONTROL}{path}")

    def post(self, path: str, **form: str) -> str:
        return self.fetch(f"http://127.0.0.1:{CONTROL}{path}", urllib.parse.urlencode(form) or "x=")

    def names(self) -> list[str]:
        """The lines of its page of names, without their padding."""
        return [" ".join(line.split()) for line in self.page("/status/dns").splitlines() if line]

    def put_name(self, container: str, address: str, host: str) -> None:
        self.fetch(f"http://127.0.0.1:{CONTROL}/name/{container}/{address}?fqdn={host}", method="PUT")

    def fetch(self, url: str, form: str = "", method: str = "") -> str:
        """From within the host; "" for any failure."""
        command = ("ip", "netns", "exec", self.namespace, sys.executable, "-IS", "-c", _FETCH, url, form, method)
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def established(self) -> set[int]:
        """The numbers of the hosts that it is connected to."""
        lines = self.page("/status/connections").splitlines()
        return {int(line.split("(host-")[1].split(")")[0]) for line in lines if " established " in line}

    def reaches(self, other: "Host") -> bool:
        """By TCP, through the bridges."""
        return "stand" in self.fetch(f"http://10.2.0.{other.number}:{CONTROL}/status")


@dataclass(kw_only=True)
class Network:
    """The switch; `plug` makes another host."""

    weaver: Path
    folder: Path
    prefix: str = field(default_factory=lambda: f"apollo-test-{os.getpid()}")
    hosts: list[Host] = field(default_factory=list)

    @property
    def switch(self) -> str:
        return f"{self.prefix}-switch"

    def start(self) -> None:
        ip("netns", "add", self.switch)
        ip("-n", self.switch, "link", "add", "switch", "type", "bridge")
        ip("-n", self.switch, "link", "set", "switch", "up")

    def plug(self) -> Host:
        number = len(self.hosts) + 1
        namespace, port = f"{self.prefix}-{number}", f"port{number}"
        host = Host(number=number, namespace=namespace, weaver=self.weaver, folder=self.folder)
        ip("netns", "add", namespace)
        self.hosts.append(host)
        ip("-n", self.switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        ip("-n", self.switch, "link", "set", port, "master", "switch", "up")
        ip("-n", namespace, "link", "set", "lo", "up")
        ip("-n", namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
        ip("-n", namespace, "link", "set", "eth0", "up")
        ip("-n", namespace, "link", "add", "name", "weave", "address", host.name, "type", "bridge")
        ip("-n", namespace, "addr", "add", f"10.2.0.{number}/16", "dev", "weave")
        ip("-n", namespace, "link", "set", "weave", "up")
        return host

    def stop(self) -> None:
        for host in self.hosts:
            host.stop(kill=True)
            ip("netns", "delete", host.namespace)
        ip("netns", "delete", self.switch)
