"""What a Mesos master and a Mesos agent are told by their environment."""

import re

import pytest

from tests.unit.plans import files, plan

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
    assert re.fullmatch(r"\S+/mesos-slave:\S+", found.pop("MESOS_DOCKER_MESOS_IMAGE"))
    assert found == {
        "SERVICE_IGNORE": "true",
        "MESOS_MASTER": "zk://10.0.0.4:2181,10.0.32.5:2181,10.0.64.6:2181/mesos",
        "MESOS_IP": "10.0.32.14",
        "MESOS_PORT": "5051",
        "MESOS_HOSTNAME": "10.0.32.14",
        "MESOS_HOSTNAME_LOOKUP": "false",
        "MESOS_CONTAINERIZERS": "docker,mesos",
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
