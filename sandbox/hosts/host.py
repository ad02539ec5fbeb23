"""One host: a whole Linux with systemd, sshd and docker, in namespaces of its own."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import psutil

from sandbox.home import Home
from sandbox.hosts import cgroup
from sandbox.hosts.disk import Disk
from sandbox.hosts.first_files import write_files
from sandbox.hosts.network import disconnect, plug, unplug
from sandbox.hosts.processes import SECONDS, kill, with_pids
from sandbox.hosts.programs import run

REBOOT = 133  # what systemd-nspawn ends with when its host asks for a reboot
POWEROFF, RESTART = signal.SIGRTMIN + 4, signal.SIGRTMIN + 5  # as systemd understands them
# systemd 257 boots on cgroup v1 only if its kernel's command line has this; in a container that is the arguments of
# process 1. On cgroup v2 it has no effect, and an older systemd does not read it.
FOR_CGROUP_V1 = "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What a host is made from. `base`: the folders that its root lies on, the uppermost first. `files`: path in the
    host -> content, written before the first boot.
    """

    name: str
    instance_id: str
    hostname: str
    address: IPv4Address
    prefixlen: int
    base: tuple[Path, ...]
    files: Mapping[str, bytes]


class Host:
    """The parts of one host on this machine. Needs root; every method may be called in whatever state it is in."""

    def __init__(self, home: Home, spec: HostSpec) -> None:
        self.home, self.spec = home, spec
        self.netns = home.netns(spec.name)
        self.port = f"h{int(spec.address):08x}"
        self.disk = Disk(home.hosts / spec.name)
        self.log = home.log / f"{spec.name}.log"
        self.running: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """The disk, with its first files; the host is off. Raises HostError."""
        self.disk.make()
        write_files(self.disk.upper, self.spec.files)
        self.disk.mount(self.spec.base)

    def boot(self) -> subprocess.Popen[bytes]:
        """Start it. The process that is returned ends when the host does: with REBOOT where the host asked for one.

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
        command = nspawn_command(self.spec, machine=self.netns, disk=self.disk)
        if not cgroup.systemd_is_here():
            groups = cgroup.make_groups(self.home, self.spec.name)
            command = ["sh", "-ec", cgroup.JOIN, "join", *map(str, groups), "--", *command]
        with self.log.open("ab") as console:
            self.running = subprocess.Popen(
                command,
                env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "yes"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.running

    def last_words(self) -> str:
        """The last line on its console."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing on its console")

    def init(self) -> psutil.Process | None:
        """The host's own process 1, None while it is off."""
        if self.running and self.running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                return next(iter(psutil.Process(self.running.pid).children()), None)
        return None

    def signal(self, wish: int) -> None:
        """Send POWEROFF or RESTART to the host's systemd."""
        if init := self.init():
            with suppress(psutil.NoSuchProcess):
                init.send_signal(wish)

    def cut(self) -> None:
        """Cut its power: every process in it is gone when this returns, and no peer has received a packet about it.

        The cable goes first, or the kernel would close every connection with a packet to the peer.
        """
        disconnect(self.home, port=self.port)
        if self.running:
            self.running.kill()
        kill([*in_netns(self.netns), *cgroup.members(self.home, self.spec.name)])
        if self.running:
            with suppress(subprocess.TimeoutExpired):
                self.running.wait(SECONDS)

    def destroy(self) -> None:
        """Cut its power and remove all that it had on this machine but its log."""
        self.cut()
        unplug(self.home, netns=self.netns, port=self.port)
        self.disk.remove()
        cgroup.remove_groups(self.home, self.spec.name)


def in_netns(netns: str) -> list[psutil.Process]:
    """The processes in a network namespace."""
    return with_pids(map(int, run("ip", "netns", "pids", netns, check=False).split()))


def nspawn_command(spec: HostSpec, *, machine: str, disk: Disk) -> list[str]:
    """The systemd-nspawn that boots a host; `machine` is its name among all of this computer.

    Words after its options are arguments of the host's process 1.
    """
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        "--register=no",
        f"--machine={machine}",
        f"--hostname={spec.hostname}",
        f"--directory={disk.root}",
        f"--network-namespace-path=/run/netns/{machine}",
        f"--bind={disk.docker}:/var/lib/docker",
        f"--bind={disk.containerd}:/var/lib/containerd",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--capability=all",
        "--system-call-filter=@keyring bpf",
        *([] if cgroup.systemd_is_here() else ["--keep-unit"]),
        FOR_CGROUP_V1,
    ]
