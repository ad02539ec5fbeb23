"""How Mesos' masters and agents start, and how an agent that does not answer is reported."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from infra.services import mesos
from tests.unit.plans import files, node, plan
from tests.unit.shell import program

AGENT = "mesos-agent does not answer on http://10.0.0.13:5051/health"
ADDRESSES = ["10.0.0.4", "10.0.32.5", "10.0.64.6", "10.0.0.7", "10.0.32.8"]


def environment(unit: str) -> dict[str, str]:
    """The variables that a unit gives its container."""
    return dict(re.findall(r'^ *--env "?([A-Z_]+)=(.*?)"? \\$', unit, flags=re.MULTILINE))


@pytest.mark.parametrize(("masters", "majority"), [(1, 1), (3, 2), (5, 3)])
def test_every_master_is_given_the_ensemble_its_own_address_and_the_majority(masters: int, majority: int) -> None:
    whole = plan(masterCount=masters)
    hosts = ",".join(f"{address}:2181" for address in ADDRESSES[:masters])
    for ordinal, address in enumerate(ADDRESSES[:masters], start=1):
        unit = files(whole, f"master-{ordinal}")["/etc/systemd/system/mesos-master.service"].content
        assert environment(unit) == {
            "SERVICE_IGNORE": "true",
            "MESOS_IP": address,
            "MESOS_PORT": "5050",
            "MESOS_HOSTNAME": address,
            "MESOS_HOSTNAME_LOOKUP": "false",
            "MESOS_CLUSTER": "apollo",
            "MESOS_QUORUM": str(majority),
            "MESOS_ZK": f"zk://{hosts}/mesos",
            "MESOS_WORK_DIR": "/var/lib/mesos",
            "MESOS_AGENT_PING_TIMEOUT": "5secs",
        }


def test_an_agent_offers_its_ports_by_its_node_and_zone_and_starts_its_tasks_in_docker() -> None:
    unit = files(plan(), "slave-2")["/etc/systemd/system/mesos-agent.service"].content
    found = environment(unit)
    assert found == {
        "MESOS_DOCKER_MESOS_IMAGE": "mesosphere/mesos:1.7.1",
        "SERVICE_IGNORE": "true",
        "MESOS_MASTER": "zk://10.0.0.4:2181,10.0.32.5:2181,10.0.64.6:2181/mesos",
        "MESOS_IP": "10.0.32.14",
        "MESOS_PORT": "5051",
        "MESOS_HOSTNAME": "10.0.32.14",
        "MESOS_HOSTNAME_LOOKUP": "false",
        "MESOS_CONTAINERIZERS": "docker",
        "MESOS_EXECUTOR_REGISTRATION_TIMEOUT": "10mins",
        "MESOS_RESOURCES": "ports(*):[31000-32000]",
        "MESOS_ATTRIBUTES": "node:slave-2;zone:eu-west-1b",
        "MESOS_WORK_DIR": "/var/lib/mesos-agent",
        "MESOS_SYSTEMD_ENABLE_SUPPORT": "false",
        "MESOS_LAUNCHER": "posix",
        "MESOS_SWITCH_USER": "false",
    }
    for volume in ("/var/lib/mesos-agent:/var/lib/mesos-agent", "/var/run/docker.sock:/var/run/docker.sock"):
        assert f"--volume {volume} " in unit


@pytest.mark.parametrize(
    ("node", "unit", "words"),
    [
        ("master-1", "mesos-master", "--entrypoint mesos-master mesosphere/mesos:1.7.1 --registry=replicated_log"),
        ("slave-1", "mesos-agent", "--security-opt apparmor=unconfined mesosphere/mesos:1.7.1"),
        ("slave-1", "mesos-agent", "--entrypoint mesos-agent --pid host"),
    ],
)
def test_both_programs_start_from_the_image_without_an_entrypoint(node: str, unit: str, words: str) -> None:
    content = files(plan(), node)[f"/etc/systemd/system/{unit}.service"].content
    assert words in re.sub(r" \\\n *", " ", content)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("slave-1", {}, True),
        ("master-1", {}, False),
        ("slave-1", {"mesosCgroups": "v2"}, False),
        ("slave-1", {"services": ["consul", "dns", "zookeeper"]}, False),
        ("slave-1", {"os": "ubuntu-14.04"}, False),
    ],
)
def test_only_a_machine_with_an_agent_that_needs_it_boots_with_cgroup_v1(
    name: str, changes: dict[str, object], expected: bool
) -> None:
    whole = plan(**changes)
    assert mesos.boots_with_cgroup_v1(node(whole, name), whole.settings) is expected


def reported(health: str, filesystem: str, root: Path) -> str:
    """What it prints when nothing answers, on a node whose /sys/fs/cgroup has this file system."""
    program(root, "curl", "exit 7")
    program(root, "stat", f"echo {filesystem}")
    return subprocess.run(
        ["bash", "-c", f"wrong() {{\n{health}}}\nwrong"],
        env={**os.environ, "PATH": f"{root}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(
    ("name", "wanted", "filesystem", "line"),
    [
        ("slave-1", "v1", "tmpfs", f"{AGENT}\n"),
        ("slave-1", "v2", "cgroup2fs", f"{AGENT}\n"),
        ("slave-1", "v1", "cgroup2fs", f"{AGENT}: mesosCgroups is v1, but this node booted with cgroup v2\n"),
        ("slave-1", "v2", "tmpfs", f"{AGENT}: mesosCgroups is v2, but this node booted with cgroup v1\n"),
        ("master-1", "v1", "cgroup2fs", "mesos-master does not answer on http://10.0.0.4:5050/master/health\n"),
    ],
)
def test_an_agent_that_does_not_answer_is_reported_with_a_wrong_version_of_cgroups(
    name: str, wanted: str, filesystem: str, line: str, tmp_path: Path
) -> None:
    whole = plan(mesosCgroups=wanted)
    assert reported(mesos.MESOS.health(node(whole, name), whole), filesystem, tmp_path) == line
