"""Remove all hosts of a sandbox from this machine, in whatever state its daemon left them, and nothing else."""

import json
from pathlib import Path

import psutil

from sandbox.home import Home
from sandbox.hosts import cgroup
from sandbox.hosts.disk import Disk, unmount_below
from sandbox.hosts.host import in_netns
from sandbox.hosts.network import network_down
from sandbox.hosts.processes import command_line, kill
from sandbox.hosts.programs import run


def host_namespaces(home: Home) -> list[str]:
    """The network namespaces of this sandbox's hosts; the switch is not one of them."""
    listed = json.loads(run("ip", "-json", "netns", "list") or "[]")
    return [entry["name"] for entry in listed if entry["name"].startswith(f"{home.name}-")]


def remove_hosts(home: Home) -> int:
    """Remove all hosts and the switch, found by names that hold the sandbox's id; returns how many. Needs root."""
    names = host_namespaces(home)
    kill(_own(home))
    inside = [process for name in names for process in in_netns(name)]
    kill([*inside, *cgroup.members(home)])
    folders = list(home.hosts.iterdir()) if home.hosts.is_dir() else []
    unmount_below(home.hosts)
    for name in names:
        run("ip", "netns", "delete", name, check=False)
    network_down(home)
    for folder in folders:
        Disk(folder).remove()
    cgroup.remove_groups(home)
    return max(len(names), len(folders))


def _own(home: Home) -> list[psutil.Process]:
    """Every systemd-nspawn and every registry whose command line names this sandbox's own things."""
    found = []
    for process in psutil.process_iter():
        command = command_line(process)
        names = {Path(word).name for word in command}
        machine = any(word.startswith(f"--machine={home.name}-") for word in command)
        if ("systemd-nspawn" in names and machine) or (
            "docker-registry" in names and str(home.registry_config) in command
        ):
            found.append(process)
    return found
