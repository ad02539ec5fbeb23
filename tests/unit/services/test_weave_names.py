"""weave-names: which names a container gets, what is told to the router and what is taken back."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.plans import files, plan
from tests.unit.shell import shellcheck
from tests.unit.waiting import until

ID = "0123456789abcdef"
SHORT = ID[:12]
NODE = "10.2.0.10 weave:expose slave-1"
DOCKER = """\
#!/bin/bash
case $1 in
  ps) echo look >>looks; cat ids ;;
  inspect) cat facts ;;
  events) echo "$@" >>followed; exec cat events ;;
esac
"""
WEAVE = """\
#!/bin/bash
case $1 in
  status) cat known ;;
  *) echo "$1 $2 $3 ${5%.weave.local}" >>told; [ "$4" = -h ] ;;
esac
"""


def program() -> str:
    return files(plan(dns="weave", services=["dns"]))["/usr/local/bin/weave-names"].content


def facts(
    address: str = "10.2.10.1", name: str = "own", hostname: str = SHORT, environment: Mapping[str, str] | None = None
) -> str:
    """What docker says of the container ID in the format that the program asks for."""
    lines = [f"container {ID} {address}", f"name /{name}", f"hostname {json.dumps(hostname)}"]
    lines += [f"environment {json.dumps(f'{key}={value}')}" for key, value in (environment or {}).items()]
    return "\n".join([*lines, "end\n"])


@dataclass(kw_only=True)
class Machine:
    """A folder with the program, and a docker and a router that say what is written there."""

    folder: Path
    running: list["subprocess.Popen[str]"] = field(default_factory=list)

    def docker(self, *containers: str) -> None:
        self.write("ids", "".join(f"{number}\n" for number, _ in enumerate(containers)))
        self.write("facts", "".join(containers))

    def write(self, name: str, content: str) -> None:
        (self.folder / name).write_text(content)

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def start(self) -> "subprocess.Popen[str]":
        started = subprocess.Popen(
            ["bash", "weave-names"],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(started)
        return started

    def told_once(self) -> tuple[list[str], str]:
        """What it tells the router in one look, at the end of which docker ends; and its complaints."""
        _, complaints = self.start().communicate(timeout=30)
        return self.lines("told"), complaints


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(folder=tmp_path)
    for name, content in (("weave-names", program()), ("docker", DOCKER), ("weave", WEAVE)):
        made.write(name, content)
        (tmp_path / name).chmod(0o755)
    for name in ("ids", "facts", "events", "known"):
        made.write(name, "")
    return made


def test_it_is_correct_shell(tmp_path: Path) -> None:
    shellcheck(program(), "bash", tmp_path)


@pytest.mark.parametrize(
    ("container", "names"),
    [
        (facts(), ["own"]),
        (facts(name="Own"), ["own"]),
        (facts(hostname="given"), ["given"]),
        (facts(hostname="given.weave.local"), ["given"]),
        (facts(hostname="given", environment={"SERVICE_NAME": "rest"}), ["rest"]),
        (facts(environment={"SERVICE_NAME": "rest", "SERVICE_80_NAME": "page"}), ["page", "rest"]),
        (facts(environment={"SERVICE_80_NAME": "page", "SERVICE_81_NAME": "page"}), ["page"]),
        (facts(environment={"SERVICE_TAGS": "x", "MY_SERVICE_NAME": "y", "SERVICE_NAME": ""}), ["own"]),
        (facts(environment={"OTHER": "two\nSERVICE_NAME=lines"}), ["own"]),
        (facts(environment={"SERVICE_NAME": "rest", "SERVICE_IGNORE": "true"}), []),
        (facts(environment={"SERVICE_IGNORE": ""}), ["own"]),
        (facts(address=""), []),
        (facts(name="a" * 63), ["a" * 63]),
    ],
)
def test_a_container_is_named_by_its_environment_its_host_name_or_its_own_name_in_this_order(
    container: str, names: list[str], machine: Machine
) -> None:
    machine.docker(container)
    told, complaints = machine.told_once()
    assert sorted(told) == sorted([f"dns-add {NODE}", *(f"dns-add 10.2.10.1 {SHORT} {name}" for name in names)])
    assert "gets no name" not in complaints


@pytest.mark.parametrize("name", ["under_score", "a.b", "-a", "a-", "a b", "$(id)", "ä", "a" * 64])
def test_a_name_that_is_not_a_dns_label_is_reported_and_not_registered(name: str, machine: Machine) -> None:
    machine.docker(facts(environment={"SERVICE_NAME": name}))
    told, complaints = machine.told_once()
    assert told == [f"dns-add {NODE}"]
    assert f"weave-names: {SHORT} gets no name: '" in complaints


def test_only_what_differs_is_registered_and_only_names_of_this_node_are_removed(machine: Machine) -> None:
    router, other = "02:0a:02:00:00:0a", "02:0a:02:00:00:0b"
    machine.write(
        "known",
        f"slave-1      10.2.0.10       weave:expose {router}\n"
        f"own          10.2.10.1       {SHORT} {router}\n"
        f"gone         10.2.10.2       ffffffffffff {router}\n"
        f"by-hand      10.2.10.3            mine {router}\n"
        f"elsewhere    10.2.11.0       eeeeeeeeeeee {other}\n",
    )
    machine.docker(facts())
    started = machine.start()
    started.wait(timeout=30)
    first, *_ = machine.lines("told")
    assert first == "dns-remove 10.2.10.2 ffffffffffff gone"
    assert not [line for line in machine.lines("told") if "by-hand" in line or "elsewhere" in line or "add" in line]


@pytest.fixture
def followed(machine: Machine) -> Machine:
    """One whose docker goes on to tell events, by a pipe."""
    (machine.folder / "events").unlink()
    os.mkfifo(machine.folder / "events")
    return machine


def looks(machine: Machine, number: int) -> Callable[[], bool]:
    return lambda: len(machine.lines("looks")) >= number


def test_an_event_makes_it_compare_again_and_a_stop_removes_its_names(followed: Machine) -> None:
    started = followed.start()
    with (followed.folder / "events").open("w") as events:
        until(looks(followed, 1), "it has looked once")
        followed.docker(facts())
        events.write("0123\n")
        events.flush()
        added = f"dns-add 10.2.10.1 {SHORT} own"
        until(lambda: added in followed.lines("told"), "the new container's name is told")
        followed.write("known", f"own          10.2.10.1       {SHORT} 02:0a:02:00:00:0a\n")
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=30) == 0
    assert followed.lines("told")[-1] == f"dns-remove 10.2.10.1 {SHORT} own"
    (command,) = followed.lines("followed")
    # Docker 29's events have no other id; a format that they cannot fill ends them.
    assert {"event=start", "event=die", "event=rename", "{{.Actor.ID}}"} <= set(command.split())


@pytest.mark.parametrize("broken", ["docker", "weave"])
def test_it_ends_when_docker_or_the_router_does_not_answer_and_its_unit_restarts_it(
    broken: str, machine: Machine
) -> None:
    machine.docker(facts())
    machine.write(broken, "#!/bin/sh\necho no answer >&2\nexit 1\n")
    started = machine.start()
    assert "no answer" in started.communicate(timeout=30)[1]
    assert started.returncode == 1


def test_the_end_of_the_events_of_docker_is_reported_and_ends_it(machine: Machine) -> None:
    started = machine.start()
    assert "docker reports no more events" in started.communicate(timeout=30)[1]
    assert started.returncode == 1
