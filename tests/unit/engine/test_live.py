"""The display on a terminal."""

import io
from typing import Any

from pulumi.provider.experimental.provider import Provider
from rich.console import Console

from sandbox.engine.checkpoint import Deployment
from sandbox.engine.display.live import Live
from sandbox.engine.display.record import Record
from sandbox.engine.events import Failure, Step
from sandbox.engine.plugins import Plugins
from sandbox.engine.run import Run
from sandbox.engine.state import State
from tests.unit.engine.conftest import Stack

URN = "urn:pulumi:dev::demo::fake:index:Thing::slave-1-docker"
STEP = Step(op="create", urn=URN, type="fake:index:Thing")


def shown(live: Live) -> str:
    text = io.StringIO()
    Console(file=text, width=100).print(live._table())
    return text.getvalue()


def test_what_runs_is_shown_with_the_last_line_that_it_printed() -> None:
    live = Live(Console(file=io.StringIO(), force_terminal=True), preview=False)
    live.started(STEP)
    live.line(URN, "first")
    live.line(URN, "pulling the image")
    assert "fake:index:Thing slave-1-docker creating (0s) pulling the image" in shown(live)
    live.failed(STEP, 1.0, Failure(title="no room"))
    assert shown(live).strip() == ""


def test_more_than_the_screen_holds_is_counted() -> None:
    live = Live(Console(file=io.StringIO(), force_terminal=True, width=80, height=10), preview=False)
    for number in range(20):
        live.started(Step(op="create", urn=f"{URN}{number}", type="fake:index:Thing"))
    assert "... and 13 more" in shown(live)


def test_what_a_running_command_prints_reaches_the_display() -> None:
    class Talking(Provider):
        on_line: Any = None

    lines = []

    class Heard(Record):
        def line(self, urn: str, text: str) -> None:
            lines.append((urn, text))

    heard, talking = Heard(), Talking()
    run = Run(project="demo", stack="dev", state=State(Deployment()), listener=heard, preview=False, parallel=1)
    Plugins(run, {"fake": lambda: talking}).new("fake")
    talking.on_line(URN, "stdout", "pulling the image")
    assert lines == [(URN, "pulling the image")]


def test_a_whole_run_on_a_terminal_ends_with_the_same_summary(stack: Stack) -> None:
    stack.program('Thing("a")\nThing("b", fail="no room")')
    out = stack.run("--color", "always", "up", "-f", "-s", "dev", status=1).output
    assert "\x1b[" in out
    assert "1 errored" in out
    assert "**creating failed**" in out
