"""Whether this machine can run hosts; each reason why not is one line."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.home import PROJECT, Home
from sandbox.hosts.disk import FORBIDDEN
from sandbox.hosts.ranges import clashes, machine_routes

PACKAGES = PROJECT / "sandbox" / "packages.txt"
STILL = "what works here without them: make preview, make test-unit"
LAYERABLE = {"btrfs", "ext2/ext3", "ext4", "xfs", "tmpfs", "f2fs", "bcachefs", "zfs"}
CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000


def missing_packages(more: Sequence[str] = ()) -> list[str]:
    """The Debian packages of packages.txt, and of `more`, that this machine lacks."""
    wanted = [*PACKAGES.read_text().split(), *more]
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *wanted],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    have = {line.split()[0] for line in shown.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in have]


def problems(home: Home, ranges: Mapping[str, str]) -> list[str]:
    """Why there can't be hosts here, one line each; `ranges`: config key -> CIDR that they would use."""
    found = [
        *_rights(),
        *_programs(),
        *_folders(home),
    ]
    found = [f"{line} ({STILL})" for line in found]
    if shutil.which("ip"):
        found += clashes(ranges, machine_routes(), home.name)
    return found


def _rights() -> list[str]:
    if os.getuid() != 0:
        if not shutil.which("sudo"):
            return ["the sandbox's hosts need root: run as root, or install sudo"]
        return []
    probe = "import ctypes,sys; sys.exit(ctypes.CDLL(None).unshare(int(sys.argv[1])) != 0)"
    for flag, what in ((CLONE_NEWNET, "network"), (CLONE_NEWNS, "mount")):
        if subprocess.run([sys.executable, "-c", probe, str(flag)], check=False, capture_output=True).returncode:
            return [f"on this machine even root cannot make {what} namespaces, which the sandbox's hosts need"]
    return []


def _programs() -> list[str]:
    if not shutil.which("systemd-nspawn"):
        return [
            "systemd-nspawn is not installed, and it boots the sandbox's hosts: apt-get install systemd-container"
        ]
    return [
        f"{program} is not installed, and the sandbox's hosts need it: apt-get install {package}"
        for program, package in (
            ("ip", "iproute2"),
            ("mount", "mount"),
            ("mmdebstrap", "mmdebstrap"),
            ("nft", "nftables"),
        )
        if not shutil.which(program)
    ]


def _folders(home: Home) -> list[str]:
    found = []
    for folder in (home.dir, home.cache):
        if any(sign in str(folder) for sign in FORBIDDEN):
            found.append(f"{folder}: the sandbox can't be in a folder with a comma, colon or backslash in its name")
    kind = filesystem(home.dir)
    if "overlay" not in Path("/proc/filesystems").read_text().split() and not _module("overlay"):
        found.append("this machine's kernel has no overlay file system, which the sandbox's hosts have as their disk")
    elif kind not in LAYERABLE:
        found.append(
            f"{home.dir} is on a file system of type {kind}, which can't hold a host's layer: "
            "set APOLLO_SANDBOX to a folder on a local disk (ext4, xfs, btrfs)"
        )
    return found


def filesystem(folder: Path) -> str:
    """The type of the file system that `folder` is on, or will be on when it is made."""
    while not folder.exists():
        folder = folder.parent
    done = subprocess.run(
        ["stat", "--file-system", "--format=%T", str(folder)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _module(name: str) -> bool:
    done = subprocess.run(["modinfo", name], capture_output=True, check=False)
    return done.returncode == 0
