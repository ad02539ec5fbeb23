"""`make status` on nodes whose routers are still connecting: what it waits for, and for how long."""

import io
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from ops.remote.stack import PROJECT
from ops.status.__main__ import report
from ops.status.settling import CONNECTING_SECONDS, Clock, settled
from ops.status.survey import Finding, survey
from tests.unit.ops.conftest import NODES, Nodes

ALL = frozenset(NODES)
REMEDY = "`sudo weave status connections` on the first of two nodes shows why"


@dataclass
class FakeClock:
    """A clock that moves only in pauses; `on_pause` is called in each."""

    on_pause: Callable[[], object] = lambda: None
    seconds: float = 1000
    pauses: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.seconds, pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        self.seconds += seconds
        self.pauses.append(seconds)
        self.on_pause()


def set_state(nodes: Nodes, name: str, *, without: str = "", health: str = "docker=ok", bridge: str = "") -> None:
    """Let a node's commands print a state in which it has connections to all other nodes except `without`."""
    others = ALL - {name, without}
    folder = nodes.folder / name
    (folder / "bridge").write_text(f"5: weave inet {bridge or nodes.nodes[name].bridge} scope global weave\n")
    (folder / "router").write_text("        Version: 2.8.1 (up to date)\n")
    (folder / "connections").write_text(
        "".join(f"-> 10.0.0.9:6783 established encrypted fastdp aa:bb({other})\n" for other in sorted(others))
    )
    (folder / "answers").write_text("".join(f"{other}\n" for other in sorted(others | {name})))
    (folder / "health").write_text(f"{health}\n")


@pytest.fixture
def well(nodes: Nodes) -> Nodes:
    for name in ALL:
        set_state(nodes, name)
    return nodes


async def findings(nodes: Nodes, clock: FakeClock, announced: list[str]) -> list[Finding]:
    with closing(nodes.connections()) as connections:
        return await settled(lambda: survey(connections), announced.append, clock.clock)


def printed(found: list[Finding]) -> tuple[bool, str]:
    """Whether the report is that all is well, and its text."""
    text = io.StringIO()
    return report(found, Console(file=text, width=200)), text.getvalue()


async def test_a_cluster_that_is_well_is_surveyed_once(well: Nodes) -> None:
    clock, announced = FakeClock(), list[str]()
    found = await findings(well, clock, announced)
    assert (clock.pauses, announced) == ([], [])
    all_well, text = printed(found)
    assert all_well
    assert "2 of 2" in text
    assert "2.8.1, encrypted" in text
    assert "FAILS" not in text


async def test_a_connection_that_comes_later_is_waited_for_and_announced(well: Nodes) -> None:
    set_state(well, "slave-1", without="slave-2")

    def connect() -> None:
        if len(clock.pauses) == 2:
            set_state(well, "slave-1")

    clock, announced = FakeClock(on_pause=connect), list[str]()
    all_well, text = printed(await findings(well, clock, announced))
    assert all_well, text
    assert announced == [f"waiting up to {CONNECTING_SECONDS} s for connections: slave-1 to slave-2"] * 2


async def test_a_connection_that_does_not_come_is_reported_after_the_bound(well: Nodes) -> None:
    set_state(well, "slave-1", without="slave-2")
    set_state(well, "slave-2", without="slave-1")
    clock, announced = FakeClock(), list[str]()
    found = await findings(well, clock, announced)
    assert sum(clock.pauses) == CONNECTING_SECONDS
    all_well, text = printed(found)
    assert not all_well
    assert "1 of 2, not slave-2" in text
    assert "FAILS" in text
    assert f"no connection after {CONNECTING_SECONDS} s: slave-1 to slave-2, slave-2 to slave-1: {REMEDY}" in text


async def test_a_container_that_does_not_answer_yet_is_waited_for_too(well: Nodes) -> None:
    answers = well.folder / "master-1" / "answers"
    answers.write_text("master-1\n")
    clock, announced = FakeClock(on_pause=lambda: set_state(well, "master-1")), list[str]()
    all_well, _ = printed(await findings(well, clock, announced))
    assert all_well
    assert announced == [
        f"waiting up to {CONNECTING_SECONDS} s for connections: master-1 to slave-1, master-1 to slave-2"
    ]


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"health": "consul=no leader"}, "slave-2: no leader"),
        ({"bridge": "127.0.9.9/24"}, "slave-2: the bridge weave does not have its address 127.0.3.1/24"),
    ],
)
async def test_another_problem_is_reported_at_once(well: Nodes, state: dict[str, str], problem: str) -> None:
    set_state(well, "slave-1", without="slave-2")
    set_state(well, "slave-2", without="slave-1", **state)
    clock, announced = FakeClock(), list[str]()
    all_well, text = printed(await findings(well, clock, announced))
    assert (clock.pauses, announced) == ([], [])
    assert not all_well
    assert problem in text
    assert "no connection after" not in text


async def test_a_node_that_can_t_be_logged_in_to_is_reported_at_once(well: Nodes) -> None:
    clock, announced = FakeClock(), list[str]()
    with closing(well.connections("slave-2")) as connections:
        found = await settled(lambda: survey(connections), announced.append, clock.clock)
    all_well, text = printed(found)
    assert (clock.pauses, all_well) == ([], False)
    assert "slave-2: no SSH connection to 127.0.0.9: " in text


def test_many_missing_connections_are_counted() -> None:
    missing = [Finding(name=f"slave-{n}", index=n, bridge="", unconnected=frozenset({"master-1"})) for n in range(9)]
    _, text = printed(missing)
    assert "slave-0 to master-1, slave-1 to master-1, slave-2 to master-1 and 6 more: " in text


def test_the_documented_bound_is_the_real_one() -> None:
    text = " ".join((PROJECT / "docs" / "operations.md").read_text().split())
    assert f"waits up to {CONNECTING_SECONDS} s for connections" in text
