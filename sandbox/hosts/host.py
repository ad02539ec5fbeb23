"""One host: a whole Linux with systemd, sshd and docker, in namespaces of its own."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from sandbox.home import Home
from sandbox.hosts import cgroup
from sandbox.hosts.command import run
from sandbox.hosts.disk import Disk
from sandbox.hosts.network import disconnect, plug, unplug
from sandbox.hosts.process import Process, kill
from sandbox.hosts.seed import write_seed

REBOOT = 133  # what systemd-nspawn ends with when its host asks for a reboot
POWEROFF, RESTART = signal.SIGRTMIN + 4, signal.SIGRTMIN + 5  # as systemd understands them


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What a host is made from. `files`: path in the host -> content, written before the first boot."""

    name: str
    instance_id: str
    hostname: str
    address: IPv4Address
    prefixlen: int
    base: Path
    files: Mapping[str, bytes]


class Host:
    """The parts of one host on this machine. Needs root; every method may be called in whatever state it is in."""

    def __init__(self, home: Home, spec: HostSpec) -> None:
        self.home, self.spec = home, spec
        self.netns = home.netns(spec.name)
        self.port = f"h{int(spec.address):08x}"
        self.disk = Disk(home.hosts / spec.name)
        self.log = home.log / f"{spec.name}.log"
        self.process: Process | None = None

    def create(self) -> None:
        """Disk and seed; the host is off. Raises HostError."""
        self.disk.make()
        write_seed(self.disk.upper, self.spec.files)
        self.disk.mount(self.spec.base)

    def boot(self) -> subprocess.Popen[bytes]:
        """Start it; what is returned ends when the host does, with REBOOT when the host wants to come back.

        On a new network each time: a machine keeps no bridges and no filters over a boot. Raises HostError.
        """
        unplug(self.home, netns=self.netns, port=self.port)
        plug(
            self.home,
            netns=self.netns,
            port=self.port,
            address=self.spec.address,
            prefixlen=self.spec.prefixlen,
        )
        command = nspawn_command(self.spec, machine=self.netns, root=self.disk.root, docker=self.disk.docker)
        if not cgroup.systemd_is_here():
            groups = cgroup.make_groups(self.home, self.spec.name)
            command = ["sh", "-ec", cgroup.JOIN, "join", *map(str, groups), "--", *command, "--keep-unit"]
        with self.log.open("ab") as console:
            started = subprocess.Popen(
                command,
                env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "yes"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.process = Process.of(started.pid)
        said = {"name": self.spec.name, "instance": self.spec.instance_id, "address": str(self.spec.address)}
        if self.process:
            said |= {"pid": str(self.process.pid), "started": str(self.process.started)}
        (self.disk.folder / "host.json").write_text(json.dumps(said))
        return started

    def last_words(self) -> str:
        """The last line on its console."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing on its console")

    def init(self) -> Process | None:
        """The host's own process 1, None while it is off."""
        inside = self.process.children() if self.process else []
        return inside[0] if inside else None

    def ask(self, wish: int) -> None:
        """Ask the host's systemd for POWEROFF or RESTART."""
        if init := self.init():
            init.send(wish)

    def cut(self) -> None:
        """Cut its power: every process in it is gone when this returns, and the others heard nothing of it.

        The cable goes first, or the kernel would tell every peer that a connection is closed.
        """
        disconnect(self.home, port=self.port)
        own = [self.process] if self.process else []
        kill([*own, *in_netns(self.netns), *cgroup.members(self.home, self.spec.name)])

    def destroy(self) -> None:
        """Cut its power and remove all that it had on this machine but its log."""
        self.cut()
        unplug(self.home, netns=self.netns, port=self.port)
        self.disk.remove()
        cgroup.remove_groups(self.home, self.spec.name)


def in_netns(netns: str) -> list[Process]:
    """The processes in a network namespace."""
    pids = run("ip", "netns", "pids", netns, check=False).split()
    return [process for pid in pids if (process := Process.of(int(pid)))]


def nspawn_command(spec: HostSpec, *, machine: str, root: Path, docker: Path) -> list[str]:
    """The systemd-nspawn that boots a host; `machine` is its name among all of this computer."""
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        "--register=no",
        f"--machine={machine}",
        f"--hostname={spec.hostname}",
        f"--directory={root}",
        f"--network-namespace-path=/run/netns/{machine}",
        f"--bind={docker}:/var/lib/docker",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--capability=all",
        "--system-call-filter=@keyring bpf",
    ]
