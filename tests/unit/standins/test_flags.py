"""Command lines: what infra passes is accepted, and what a stand-in does not have is refused."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence

import pytest

from sandbox.commandline import Parser
from sandbox.standins import PROGRAMS
from sandbox.standins.common import zkurl
from sandbox.standins.common.mesos import parse_attributes, parse_resources, seconds
from sandbox.standins.marathon.__main__ import parser as marathon
from sandbox.standins.mesos_agent.__main__ import parser as agent
from sandbox.standins.mesos_master.__main__ import parser as master
from sandbox.standins.package import executable
from sandbox.standins.registrator.__main__ import parser as registrator
from sandbox.standins.scope.__main__ import parser as scope

MASTER = ["--ip=10.0.0.4", "--hostname=10.0.0.4", "--work_dir=/m", "--zk=zk://a:2181/mesos", "--quorum", "2"]
MARATHON = ["--master", "zk://a:2181/mesos", "--zk=zk://a:2181/marathon", "--hostname=h", "--http_address=h"]
REGISTRATOR = ["-internal", "-resync", "30", "-retry-attempts", "-1", "consul://10.0.0.10:8500"]


def without(words: Sequence[str], start: str) -> list[str]:
    return [word for word in words if not word.startswith(start)]


def test_a_flag_takes_precedence_over_its_variable() -> None:
    flags = master().read(MASTER, {"MESOS_IP": "10.9.9.9", "MESOS_AGENT_PING_TIMEOUT": "5secs", "PATH": "/bin"})
    assert (flags.ip, flags.quorum, flags.agent_ping_timeout) == ("10.0.0.4", 2, 5)


@pytest.mark.parametrize(
    ("parser", "words", "environment", "error", "status"),
    [
        (master, [*MASTER, "--roles=a"], {}, "mesos-master: this stand-in has no --roles", 1),
        (master, [*MASTER, "--quorums", "2"], {}, "this stand-in has no --quorums", 1),
        (master, [*MASTER, "quorum=2"], {}, "this stand-in has no quorum", 1),
        (master, MASTER, {"MESOS_ROLES": "a"}, "this stand-in has no --roles", 1),
        (master, [*MASTER, "--quorum=two"], {}, "invalid int value: 'two'", 1),
        (master, [*MASTER, "--agent_ping_timeout=15"], {}, "'15' is not a number and one of", 1),
        (master, without(MASTER, "--work_dir"), {}, "the following arguments are required: --work_dir", 1),
        (agent, [*MASTER, "--resources=cpus:many"], {}, "'cpus:many' is not a resource such as", 1),
        (marathon, [*MARATHON, "--nonsense"], {}, "marathon: this stand-in has no --nonsense", 1),
        (marathon, MARATHON, {"MARATHON_TASK_LAUNCH_TIMEOUT": "1"}, "has no --task_launch_timeout", 1),
        (marathon, [*MARATHON, "--zk", "a:2181"], {}, "'a:2181' is not zk://HOST:PORT,HOST:PORT/PATH", 1),
        (marathon, [*MARATHON, "--zk"], {}, "argument --zk: expected one argument", 1),
        (registrator, ["-ttl=30", *REGISTRATOR], {}, "registrator: this stand-in has no -ttl", 2),
        (registrator, REGISTRATOR[1:], {}, "the following arguments are required: -internal", 2),
        (registrator, ["-internal", "etcd://a"], {}, "this stand-in has no registry etcd://a", 2),
        (registrator, ["-internal"], {}, "the following arguments are required: consul", 2),
        (scope, ["--mode=probe", "--weave=false", "--probe.token=a"], {}, "this stand-in has no --probe.token", 2),
        (scope, ["--mode=launch", "--weave=false"], {}, "invalid choice: 'launch'", 2),
    ],
)
def test_a_wrong_command_line_is_refused_with_the_exit_status_of_the_real_program(
    parser: Callable[[], Parser],
    words: list[str],
    environment: dict[str, str],
    error: str,
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit:
        parser().read(words, environment)
    assert exit.value.code == status
    assert error in capsys.readouterr().err


def test_a_negative_number_and_a_last_word_are_values() -> None:
    flags = registrator().read(REGISTRATOR)
    assert (flags.retry_attempts, flags.consul, flags.cleanup) == (-1, "http://10.0.0.10:8500", False)


@pytest.mark.parametrize(
    ("text", "hosts", "path"),
    [
        ("zk://a:2181/mesos", "a:2181", "/mesos"),
        ("zk://10.0.0.4:2181,10.0.0.5:2181/mesos/", "10.0.0.4:2181,10.0.0.5:2181", "/mesos"),
        ("zk://a/m/n", "a", "/m/n"),
    ],
)
def test_a_zookeeper_url_is_read(text: str, hosts: str, path: str) -> None:
    assert zkurl.parse(text) == zkurl.ZkUrl(hosts=hosts, path=path)


@pytest.mark.parametrize("text", ["", "a:2181/mesos", "zk://a:2181", "zk://a:2181/", "zk:///mesos", "zk://a b:1/m"])
def test_a_wrong_zookeeper_url_is_an_error(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not zk://"):
        zkurl.parse(text)


@pytest.mark.parametrize(
    ("text", "resources"),
    [
        ("ports(*):[31000-32000]", {"ports": [[31000, 32000]]}),
        ("cpus(*):2; mem:512.5;ports:[1-2, 5-9]", {"cpus": 2, "mem": 512.5, "ports": [[1, 2], [5, 9]]}),
        ("", {}),
    ],
)
def test_resources_are_read(text: str, resources: dict[str, object]) -> None:
    assert parse_resources(text) == resources


@pytest.mark.parametrize("text", ["cpus", "cpus:many", "ports:[9-1]", "ports:[a]", '[{"name":"cpus"}]'])
def test_wrong_resources_are_an_error(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not a"):
        parse_resources(text)


def test_attributes_and_durations_are_read() -> None:
    assert parse_attributes("rack:abc;zone:a:b") == {"rack": "abc", "zone": "a:b"}
    assert [seconds(text) for text in ("10mins", "5secs", "500ms", "1.5hrs")] == [600, 5, 0.5, 5400]
    with pytest.raises(ArgumentTypeError, match="the attribute 'rack' has no value"):
        parse_attributes("rack")


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_is_one_file_that_is_the_same_every_time(program: str) -> None:
    assert executable(program) == executable(program)
    assert executable(program).startswith(b"#!/usr/bin/python3 -I\n")
