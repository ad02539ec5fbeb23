"""The data path: one VXLAN device of the kernel, as a port of the bridge.

Frames for a MAC that the kernel has not learnt go to every established peer (one all-zeros forwarding
entry each); a bridge never sends a frame back where it came from, so a full mesh makes no loop.
"""

import json
import subprocess

DEVICE = "vxlan-6784"
NUMBER = 6784
"""The VXLAN's id and its UDP port: what weave's fast datapath uses, so the same rule of a firewall serves."""

_EVERYONE = "00:00:00:00:00:00"


class NoDataPath(Exception):  # noqa: N818
    """The kernel or the bridge does not let packets through; the text has the reason."""


class DataPath:
    """The device of this router. Peers are IPv4 addresses."""

    def __init__(self, *, bridge: str, mtu: int) -> None:
        self._bridge = bridge
        self._mtu = mtu
        self._peers: set[str] = set()

    def start(self) -> None:
        """Makes the device; one that a killed router left behind is removed first."""
        self.stop()
        name, number = DEVICE, str(NUMBER)
        _run("ip", "link", "add", name, "type", "vxlan", "id", number, "dstport", number)
        try:
            _run("ip", "link", "set", name, "addrgenmode", "none")
            if self._mtu:
                _run("ip", "link", "set", name, "mtu", str(self._mtu))
            _run("ip", "link", "set", name, "master", self._bridge, "up")
        except NoDataPath:
            self.stop()
            raise

    def stop(self) -> None:
        self._peers.clear()
        if address_of(DEVICE):
            _run("ip", "link", "delete", DEVICE)

    def set_peers(self, peers: set[str]) -> None:
        """Sends to these peers alone."""
        for address in self._peers - peers:
            _run("bridge", "fdb", "del", _EVERYONE, "dev", DEVICE, "dst", address)
            self._forget_learnt(address)
        for address in peers - self._peers:
            _run("bridge", "fdb", "append", _EVERYONE, "dev", DEVICE, "dst", address)
        self._peers = set(peers)

    def _forget_learnt(self, address: str) -> None:
        """MACs that were learnt behind a lost peer would swallow packets until they age out."""
        shown = _run("bridge", "fdb", "show", "dev", DEVICE)
        for words in (line.split() for line in shown.splitlines()):
            if "dst" in words and words[words.index("dst") + 1] == address:
                _run("bridge", "fdb", "del", words[0], "dev", DEVICE, "dst", address)


def address_of(device: str) -> str:
    """The MAC of a device, empty where there is none. A host's /sys can show another namespace's devices."""
    shown = subprocess.run(
        ["ip", "-json", "link", "show", "dev", device], capture_output=True, text=True, check=False
    )
    return str(json.loads(shown.stdout)[0]["address"]) if shown.returncode == 0 else ""


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise NoDataPath(f"{command[0]} is not installed (iproute2)") from error
    except subprocess.CalledProcessError as error:
        raise NoDataPath(f"{' '.join(command)}: {error.stderr.strip()}") from error
    return done.stdout
