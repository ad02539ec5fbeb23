"""Security groups, enforced where AWS enforces them: outside the hosts, on the switch that carries every packet.

The switch's bridge passes IPv4 packets to the netfilter hooks of its own network namespace (br_netfilter), where
connections are tracked and the ruleset decides. So neither root on a host nor docker's own rules can change it, and a
host that boots is never without it.
"""

import fcntl
import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path

from sandbox.home import Home
from sandbox.hosts.programs import HostError, run
from sandbox.hosts.ruleset import Policy, render

SETTINGS = Path("/proc/sys/net/bridge")
SIOCGIFFLAGS = 0x8913


def need_bridge_netfilter() -> None:
    """Load the kernel's br_netfilter, without an effect on this machine's own bridges. Raises HostError.

    Asked for the flags of an interface that does not exist, the kernel loads a module of that name, and from the
    folders of the machine itself, which modprobe in a container does not have.
    """
    if SETTINGS.is_dir():
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, suppress(OSError):
        fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("40s", b"br_netfilter"))
    if not SETTINGS.is_dir():
        raise HostError("this machine's kernel has no br_netfilter, with which security groups are enforced")
    for setting in SETTINGS.glob("bridge-nf-call-*"):
        setting.write_text("0")


class Firewall:
    """The rules of one sandbox's switch. Safe to call from every thread; each call may raise HostError."""

    def __init__(self, home: Home) -> None:
        self._switch = home.name
        self._lock = threading.Lock()
        self._rules = render(Policy())
        self._up = False

    def enforce(self, policy: Policy) -> None:
        """Have the switch follow `policy`: now, or as soon as there is a switch."""
        rules = render(policy)
        with self._lock:
            changed, self._rules = rules != self._rules, rules
            if changed and self._up:
                self._load()

    def up(self) -> None:
        """Filter from now on; to be called before the first host is connected to the switch."""
        with self._lock:
            need_bridge_netfilter()
            self._within("sysctl", "--quiet", "--write", "net.bridge.bridge-nf-call-iptables=1")
            self._load()
            self._up = True

    def down(self) -> None:
        """To be called before the switch is removed, and the rules with it."""
        with self._lock:
            self._up = False

    def _load(self) -> None:
        self._within("nft", "-f", "-", stdin=self._rules)

    def _within(self, *command: str, stdin: str = "") -> None:
        run("ip", "netns", "exec", self._switch, *command, stdin=stdin)
