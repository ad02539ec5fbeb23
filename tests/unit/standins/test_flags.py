"""Command lines: what is known is taken, what is not is an error."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.standins import PROGRAMS, WHAT_IT_IS
from sandbox.standins.common import zkurl
from sandbox.standins.common.flags import Flags, WrongFlag, duration, load
from sandbox.standins.common.mesos import parse_attributes, parse_resources
from sandbox.standins.marathon.flags import parse as parse_marathon
from sandbox.standins.marathon.run import read
from sandbox.standins.mesos_agent.flags import KNOWN as AGENT
from sandbox.standins.mesos_agent.flags import OTHERS as AGENT_OTHERS
from sandbox.standins.mesos_agent.run import information
from sandbox.standins.mesos_master.flags import KNOWN, OTHERS
from sandbox.standins.package import executable
from sandbox.standins.scope.flags import WrongFlag as WrongScopeFlag
from sandbox.standins.scope.flags import parse as parse_scope


def master(words: list[str], environment: dict[str, str] | None = None) -> Flags:
    return load(KNOWN, OTHERS, words, environment or {})


def test_mesos_flags_come_from_words_and_the_environment_and_words_win() -> None:
    flags = master(
        ["--ip=10.0.0.4", "--quorum", "2", "--no-hostname_lookup", "--log_auto_initialize"],
        {"MESOS_IP": "10.9.9.9", "MESOS_WORK_DIR": "/var/lib/mesos", "MESOS_NATIVE_LIBRARY": "x", "PATH": "/bin"},
    )
    assert flags["ip"] == "10.0.0.4"
    assert flags.number("quorum") == 2
    assert flags["work_dir"] == "/var/lib/mesos"
    assert flags["hostname_lookup"] == "false"
    assert flags.on("log_auto_initialize")
    assert flags.seconds("agent_ping_timeout") == 15


def test_a_mesos_flag_can_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "zk").write_text("zk://a:2181/mesos\n")
    assert master([f"--zk=file://{tmp_path}/zk"])["zk"] == "zk://a:2181/mesos"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: master(["--quorums=2"]), "Failed to load unknown flag 'quorums'"),
        (lambda: master(["quorum=2"]), "unknown argument 'quorum=2'"),
        (lambda: master(["--quorum=two"]).number("quorum"), "Failed to load value 'two' for flag 'quorum'"),
        (lambda: master(["--agent_ping_timeout=15"]).seconds("agent_ping_timeout"), "expected a number and one of"),
        (lambda: master([])["work_dir"], "Flag 'work_dir' is required"),
        (lambda: parse_marathon(["--nonsense"], {}), "Unknown option 'nonsense'"),
        (lambda: parse_marathon([], {"MARATHON_NONSENSE": "1"}), "Unknown option 'nonsense'"),
        (lambda: parse_marathon(["--zk"], {}), "Option 'zk' needs a value"),
        (lambda: read(parse_marathon([], {})), "Required option 'master' not found"),
        (
            lambda: read(parse_marathon(["--master", "zk://a/m", "--zk", "a:2181"], {})),
            "Bad arguments for option 'zk'",
        ),
        (lambda: read(parse_marathon(["--master", "zk://a"], {})), "Bad arguments for option 'master'"),
    ],
)
def test_a_wrong_command_line_is_told(call: Callable[[], object], error: str) -> None:
    with pytest.raises(WrongFlag) as wrong:
        call()
    assert error in str(wrong.value)


def test_marathon_takes_switches_and_its_environment_but_not_what_it_gives_to_tasks() -> None:
    flags = parse_marathon(
        ["--master", "zk://a:2181/mesos", "--zk=zk://a:2181/marathon", "--disable_ha"],
        {"MARATHON_HOSTNAME": "10.0.0.4", "MARATHON_APP_ID": "/x", "MARATHON_HA": "", "MARATHON_HTTP_PORT": "81"},
    )
    settings = read(flags)
    assert (settings.me, flags.values["ha"]) == ("10.0.0.4:81", "false")


def test_scope_takes_flags_with_one_dash_or_two_and_its_peers() -> None:
    line = parse_scope(
        ["--mode=probe", "-probe.docker=true", "--weave=false", "--no-app", "10.0.0.4", "10.0.0.5:4040"]
    )
    assert line.on("probe.docker")
    assert line.peers == ("http://10.0.0.4:4040", "http://10.0.0.5:4040")
    assert parse_scope(["--mode=probe"]).peers == ("http://127.0.0.1:4040",)


@pytest.mark.parametrize("words", [["--nonsense"], ["--mode=launch"], ["--mode"], ["--probe.token=a"]])
def test_scope_refuses_what_it_does_not_know(words: list[str]) -> None:
    with pytest.raises(WrongScopeFlag):
        parse_scope(words)


@pytest.mark.parametrize(
    ("text", "hosts", "path"),
    [
        ("zk://a:2181/mesos", "a:2181", "/mesos"),
        ("zk://10.0.0.4:2181,10.0.0.5:2181/mesos/", "10.0.0.4:2181,10.0.0.5:2181", "/mesos"),
        ("zk://user:word@a:2181/m/n", "a:2181", "/m/n"),
    ],
)
def test_a_zookeeper_url_is_read(text: str, hosts: str, path: str) -> None:
    url = zkurl.parse(text)
    assert (url.hosts, url.path) == (hosts, path)
    assert "word" not in str(url)


@pytest.mark.parametrize("text", ["", "a:2181/mesos", "zk://a:2181", "zk://a:2181/", "zk:///mesos", "zk://a b:1/m"])
def test_a_wrong_zookeeper_url_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        zkurl.parse(text)


@pytest.mark.parametrize(
    ("text", "resources"),
    [
        ("ports(*):[31000-32000]", {"ports": [[31000, 32000]]}),
        ("cpus(*):2; mem:512.5;ports:[1-2, 5-9]", {"cpus": 2, "mem": 512.5, "ports": [[1, 2], [5, 9]]}),
        ('[{"name":"cpus","type":"SCALAR","scalar":{"value":3}}]', {"cpus": 3}),
        ("", {}),
    ],
)
def test_resources_are_read(text: str, resources: dict[str, object]) -> None:
    assert parse_resources(text) == resources


@pytest.mark.parametrize("text", ["cpus", "cpus:many", "ports:[9-1]", "ports:[a]"])
def test_wrong_resources_are_told(text: str) -> None:
    with pytest.raises(WrongFlag, match="Failed to load resources"):
        information(load(AGENT, AGENT_OTHERS, [f"--resources={text}"], {}))


def test_attributes_and_durations_are_read() -> None:
    assert parse_attributes("rack:abc;zone:a:b") == {"rack": "abc", "zone": "a:b"}
    assert [duration(text) for text in ("10mins", "5secs", "500ms", "1.5hrs")] == [600, 5, 0.5, 5400]


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_is_one_file_that_is_the_same_every_time(program: str) -> None:
    assert executable(program) == executable(program)
    assert executable(program).startswith(b"#!/usr/bin/python3 -I\n")
    assert "not the real one" in WHAT_IT_IS
