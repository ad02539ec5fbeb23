"""What cloud-init gets: above all the command by which a machine boots with cgroup v1."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.plan.host_keys import host_key
from infra.resources import connection
from infra.resources.machine import user_data
from tests.unit.plans import node, plan
from tests.unit.shell import program, shellcheck

SETTING = "systemd.unified_cgroup_hierarchy=0"


def cloud_config(name: str, **changes: object) -> dict[str, object]:
    whole = plan(**changes)
    machine = node(whole, name)
    found: dict[str, object] = yaml.safe_load(
        user_data(machine, whole.settings, host_key(machine.name, whole.settings))
    )
    return found


def boot_command() -> str:
    command = cloud_config("slave-1")["bootcmd"]
    assert isinstance(command, list)
    assert len(command) == 1
    return f"#!/bin/sh\n{command[0]}"


@dataclass(frozen=True, kw_only=True)
class Booted:
    """A boot command that has run in a folder: what it called, in order, and what it wrote for grub."""

    calls: list[str]
    grub: str


def boot(
    root: Path, *, cmdline: str = "ro quiet", grub: str = "ro quiet", container: bool = False, update: str = "exit 0"
) -> Booted:
    """Run it where the kernel has this command line, grub.cfg that one, and update-grub is this script, if any."""
    for folder in ("bin", "proc", "boot/grub", "etc/default/grub.d"):
        (root / folder).mkdir(parents=True)
    (root / "proc/cmdline").write_text(f"{cmdline}\n")
    (root / "boot/grub/grub.cfg").write_text(f"{grub}\n")
    calls = root / "calls"
    calls.touch()
    if update:
        program(root / "bin", "update-grub", f"echo update-grub >>{calls}\n{update}")
    program(root / "bin", "reboot", f"echo reboot >>{calls}")
    program(root / "bin", "sleep", f"echo sleep >>{calls}")
    program(root / "bin", "systemd-detect-virt", f"exit {0 if container else 1}")
    script = boot_command()
    for path in ("/proc/cmdline", "/boot/grub", "/etc/default"):
        script = script.replace(path, f"{root}{path}")
    for name in ("grep", "sh"):
        (root / "bin" / name).symlink_to(f"/bin/{name}")
    subprocess.run(["sh", "-c", script], env={"PATH": str(root / "bin")}, check=True)
    written = root / "etc/default/grub.d/90-apollo.cfg"
    return Booted(calls=calls.read_text().split(), grub=written.read_text() if written.exists() else "")


def test_a_slave_with_mesos_sets_cgroup_v1_for_the_kernel_and_reboots(tmp_path: Path) -> None:
    booted = boot(tmp_path)
    # It waits, so that nothing after it in this boot lets anyone log in.
    assert booted.calls == ["update-grub", "reboot", "sleep"]
    line = subprocess.run(
        ["sh", "-c", f'GRUB_CMDLINE_LINUX=console=ttyS0; {booted.grub}\necho "$GRUB_CMDLINE_LINUX"'],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert line.split() == ["console=ttyS0", SETTING, "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"]


@pytest.mark.parametrize(
    "machine",
    [
        {"cmdline": f"ro {SETTING}", "grub": f"ro {SETTING}"},
        {"grub": f"ro {SETTING}"},
        {"container": True},
        {"update": ""},
    ],
    ids=["booted so", "has rebooted in vain", "is a container", "boots without grub"],
)
def test_a_machine_does_not_reboot_when_it_has_or_when_it_cannot_help(
    machine: dict[str, Any], tmp_path: Path
) -> None:
    assert boot(tmp_path, **machine) == Booted(calls=[], grub="")


def test_a_machine_whose_grub_cannot_be_set_goes_on_without_a_reboot(tmp_path: Path) -> None:
    assert boot(tmp_path, update="exit 1").calls == ["update-grub"]


def test_the_boot_command_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(boot_command(), "sh", tmp_path)


@pytest.mark.parametrize(
    ("name", "changes"), [("master-1", {}), ("slave-1", {"mesosCgroups": "v2"}), ("slave-1", {"services": []})]
)
def test_other_machines_boot_as_their_image_does(name: str, changes: dict[str, object]) -> None:
    assert "bootcmd" not in cloud_config(name, **changes)


def test_a_node_whose_sshd_listens_five_minutes_after_its_launch_is_waited_for() -> None:
    """By the command provider's pauses where a port refuses: 0.1 s, half as much more each time, and at most 5 s."""
    pauses = [min(0.1 * 1.5**attempt, 5.0) for attempt in range(connection.DIALS)]
    assert sum(pauses) > 5 * 60
