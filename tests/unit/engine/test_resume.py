"""A run that is killed, and two that come at once."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from tests.unit.engine.conftest import Stack

ENGINE = """
import asyncio, pathlib, sys
from sandbox.engine.__main__ import cli
from sandbox.engine.cli import Global
from tests.unit.engine.fake import Fake, World

class Stopping(Fake):
    async def create(self, request):
        if request.name == "stops":
            pathlib.Path(sys.argv[1], "reached").touch()
            await asyncio.sleep(60)
        return await super().create(request)

cli(["-C", sys.argv[1], *sys.argv[2:]], obj=Global(registry={"fake": lambda: Stopping(World())}))
"""


class Running:
    """An `up` in a process of its own that hangs while it makes `stops`."""

    def __init__(self, stack: Stack) -> None:
        root = Path(__file__).parents[3]
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(ENGINE), str(stack.folder), "up", "-f", "-s", "dev"],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not (stack.folder / "reached").exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


PROGRAM = 'a = Thing("a", key=pulumi.Output.secret("k"))\nThing("stops", x=a.out)'


def test_kill_nine_in_the_middle_loses_nothing_and_the_next_up_goes_on(stack: Stack) -> None:
    stack.program(PROGRAM)
    with Running(stack) as running:
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    assert stack.resources["a"]["id"] == "a-1"
    assert [item["type"] for item in stack.latest["pending_operations"]] == ["creating"]
    out = stack.up()
    assert f"taking over from an update that did not end (pid {running.process.pid}" in out
    assert "warning: an earlier run was interrupted while creating this" in out
    assert stack.world.done("create") == ["stops"]
    assert stack.world.plain("stops") == {"x": "out-a"}
    assert stack.latest["pending_operations"] == []
    assert list((stack.folder / "state/.pulumi/locks/organization/demo/dev").iterdir()) == []


def test_what_pends_is_told_once_even_where_the_program_wants_it_no_more(stack: Stack) -> None:
    stack.program(PROGRAM)
    with Running(stack) as running:
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    stack.program('Thing("a", key=pulumi.Output.secret("k"))')
    assert "interrupted while creating" in stack.up()
    assert stack.latest["pending_operations"] == []
    assert "interrupted" not in stack.up()


def test_a_second_up_is_refused_with_the_holders_pid(stack: Stack) -> None:
    stack.program(PROGRAM)
    with Running(stack) as running:
        for command in ("up", "destroy", "refresh"):
            out = stack.run(command, "--yes", "-s", "dev", status=1).output
            assert f"pid {running.process.pid}" in out
            assert socket.gethostname() in out
            assert "another update of it is running" in out
        assert stack.world.calls == []
        running.process.send_signal(signal.SIGKILL)


def test_a_lock_of_another_machine_is_not_taken_over_and_cancel_removes_it(stack: Stack) -> None:
    folder = stack.folder / "state/.pulumi/locks/organization/demo/dev"
    folder.mkdir(parents=True, exist_ok=True)
    holder = {"pid": 1, "username": "ann", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"}
    (folder / "0b1c.json").write_text(json.dumps(holder))
    out = stack.up(status=1)
    assert "pid 1, ann@elsewhere, since 2026-01-01T00:00:00Z" in out
    assert "removed the lock of pid 1" in stack.run("cancel", "--yes", "-s", "dev").output
    stack.up()


def test_what_was_deleted_before_its_replacement_came_is_made_without_a_second_delete(stack: Stack) -> None:
    program = 'Thing("a", Opts(delete_before_replace=True), replaceMe="{}"{})'
    stack.program(program.format("1", ""))
    stack.up()
    stack.program(program.format("2", ', fail="no room"'))
    stack.up(status=1)
    assert stack.resources["a"]["pendingReplacement"] is True
    stack.program(program.format("2", ""))
    assert "+-1 replaced" in stack.up()
    assert stack.world.done("delete") == ["a"]
    assert "pendingReplacement" not in stack.resources["a"]


def test_a_replaced_instance_that_could_not_be_deleted_is_deleted_by_the_next_run(stack: Stack) -> None:
    program = 'Thing("a", replaceMe="{}"{})'
    stack.program(program.format("1", ', failDelete="busy"'))
    stack.up()
    stack.program(program.format("2", ""))
    stack.up(status=1)
    assert [item.get("delete", False) for item in stack.latest["resources"] if item["urn"].endswith("::a")] == [
        False,
        True,
    ]
    marked = stack.state_file.read_text().replace('"failDelete":"busy"', '"x":"1"')
    stack.state_file.write_text(marked)
    stack.up()
    assert stack.world.done("delete") == ["a", "a"]
    assert len(stack.world.things) == 1
