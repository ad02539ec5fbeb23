"""A control group for each host, where no systemd of this machine gives it one.

Without it the systemds of all hosts would share one tree, and each would manage the services of the others.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from sandbox.home import Home
from sandbox.hosts.processes import with_pids

CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")
# Joins the groups named before `--`, then becomes the command after it.
JOIN = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'


def systemd_is_here() -> bool:
    """Whether systemd runs this machine: systemd-nspawn then gets a scope from it, and nothing here is needed."""
    return Path("/run/systemd/system").is_dir()


def hierarchies() -> list[Path]:
    """Where this machine's cgroup trees are mounted: one on cgroup v2, one for each controller on v1."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [Path(mount[1]) for mount in mounts if mount[2] in ("cgroup", "cgroup2")]


def make_groups(home: Home, host: str) -> list[Path]:
    """The host's group in every tree."""
    groups = []
    for tree in hierarchies():
        parent = tree / home.name
        for group in (parent, parent / host):
            group.mkdir(exist_ok=True)
            _inherit(group)
        groups.append(parent / host)
    return groups


def _inherit(group: Path) -> None:
    """A cpuset of v1 starts without processors; a tree of v2 passes on only the controllers that are switched on."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / "cgroup.clone_children").exists() and (group / name).exists():
            (group / name).write_text((group.parent / name).read_text())
            (group / "cgroup.clone_children").write_text("1")
    if (group / "cgroup.controllers").exists():
        for controller in CONTROLLERS:
            with contextlib.suppress(OSError):  # a controller that this tree does not have
                (group.parent / "cgroup.subtree_control").write_text(f"+{controller}")


def members(home: Home, host: str = "") -> list[psutil.Process]:
    """The processes in one host's groups, or in all of this sandbox's."""
    groups = [group for tree in hierarchies() for group in _within(tree / home.name / host)]
    return with_pids({int(pid) for group in groups for pid in _read(group / "cgroup.procs").split()})


def remove_groups(home: Home, host: str = "") -> None:
    """Remove one host's groups, or all of this sandbox's; a group that still has processes stays."""
    for tree in hierarchies():
        for group in _within(tree / home.name / host):
            with contextlib.suppress(OSError):
                group.rmdir()


def _within(top: Path) -> Iterator[Path]:
    """A group and those in it, the inner ones first. One that ends while they are listed is passed over."""
    return (Path(group) for group, _, _ in os.walk(top, topdown=False))


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
