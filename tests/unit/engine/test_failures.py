"""What goes wrong: what is said, what goes on all the same, what stays as it was."""

import asyncio
import os
import signal

import pytest
from pulumi.provider.experimental import provider as sdk

from sandbox.providers.failure import CommandFailed
from tests.unit.engine.conftest import Stack
from tests.unit.engine.fake import Fake

PROGRAM = """
bad = Thing("bad", fail="out of disk")
Thing("needs-bad", x=bad.out)
Thing("told-to-wait", Opts(depends_on=[bad]))
good = Thing("good")
Thing("needs-good", x=good.out)
pulumi.export("good", good.out)
pulumi.export("bad", bad.out)
"""


def test_who_needs_what_failed_is_skipped_and_all_others_finish(stack: Stack) -> None:
    stack.program(PROGRAM)
    out = stack.up(status=1)
    assert set(stack.world.done("create")) == {"bad", "good", "needs-good"}
    assert "fake:index:Thing (bad):\n    error: out of disk\n" in out
    assert "needs-bad skipped: it needs bad" in out
    assert "told-to-wait skipped: it needs bad" in out
    assert "error: update failed" in out
    assert "1 errored" in out
    assert "2 skipped" in out
    assert "Traceback" not in out
    assert stack.resources["demo-dev"]["outputs"] == {"good": "out-good"}
    assert "bad" not in stack.resources
    assert "pending_operations" not in stack.latest or stack.latest["pending_operations"] == []


def test_the_next_up_makes_what_is_missing(stack: Stack) -> None:
    stack.program(PROGRAM)
    stack.up(status=1)
    stack.world.calls.clear()
    stack.program(PROGRAM.replace(', fail="out of disk"', ""))
    assert "+ 3 created" in stack.up()
    assert stack.world.done("create") == ["bad", "needs-bad", "told-to-wait"] or set(stack.world.done("create")) == {
        "bad",
        "needs-bad",
        "told-to-wait",
    }


def test_a_failed_update_leaves_the_state_as_it_was(stack: Stack) -> None:
    stack.program('a = Thing("a", x="1")\nThing("b", x=a.x if hasattr(a, "x") else a.out)\npulumi.export("o", a.out)')
    stack.up()
    before = stack.resources
    stack.program('a = Thing("a", x="2", failUpdate="no")\nThing("b", x=a.out, y="new")\npulumi.export("o", a.out)')
    stack.up(status=1)
    assert stack.resources["a"] == before["a"]
    assert stack.resources["b"] == before["b"]
    assert stack.resources["demo-dev"]["outputs"] == {"o": "out-a"}


def test_a_failed_delete_spares_what_it_needs_and_is_tried_again(stack: Stack) -> None:
    program = 'a = Thing("a")\nb = Thing("b", x=a.out, failDelete="busy")\nThing("c", x=b.out)\nThing("d")'
    stack.program(program)
    stack.up()
    out = stack.run("destroy", "--yes", "-s", "dev", status=1).output
    assert "error: busy" in out
    assert set(stack.resources) == {"demo-dev", "default", "a", "b"}
    assert "error: destroy failed" in out


def test_what_a_failed_resource_still_needs_is_not_deleted(stack: Stack) -> None:
    stack.program('old = Thing("old")\nThing("other")\nThing("a", x=old.out)')
    stack.up()
    stack.program('Thing("a", x="2", failUpdate="no")')
    stack.up(status=1)
    assert stack.world.done("delete") == ["other"]
    assert "old" in stack.resources


def test_a_program_that_raises_deletes_nothing(stack: Stack) -> None:
    stack.program('Thing("a")\npulumi.export("kept", 1)')
    stack.up()
    stack.program('Thing("b")\nraise ValueError("a bug")')
    out = stack.up(status=1)
    assert "Outputs" not in out
    assert 'File "' in out
    assert "ValueError: a bug" in out
    assert "runpy" not in out
    assert set(stack.resources) == {"demo-dev", "default", "a", "b"}


def test_a_users_mistake_shows_its_sentence_and_no_stack_trace(stack: Stack) -> None:
    stack.program("""
    class Mistake(pulumi.RunError): ...
    raise Mistake("slaveCount is 300: at most 240\\nset it: pulumi config set slaveCount 2")
    """)
    out = stack.up(status=1)
    assert "error: slaveCount is 300: at most 240\n    set it: pulumi config set slaveCount 2\n" in out
    assert "Traceback" not in out
    assert "Mistake" not in out


def test_a_refused_input_fails_the_preview_and_names_the_property(stack: Stack) -> None:
    stack.program('Thing("a", refused="x")\nThing("b")')
    out = stack.run("preview", "-s", "dev", status=1).output
    assert "fake:index:Thing (a):\n    error: refused: it is refused\n" in out
    assert stack.world.done("preview-create") == ["b"]


def test_two_resources_of_one_name_are_a_mistake(stack: Stack) -> None:
    stack.program('Thing("a")\nThing("a")')
    out = stack.run("preview", "-s", "dev", status=1).output
    assert "Duplicate resource URN 'urn:pulumi:dev::demo::fake:index:Thing::a'" in out
    assert "Traceback" not in out


def test_a_failed_question_to_a_provider_is_a_sentence(stack: Stack) -> None:
    stack.program('pulumi.runtime.invoke("fake:index:fail", {"name": "x"})')
    out = stack.run("preview", "-s", "dev", status=1).output
    assert "error: fake:index:fail: no such parameter" in out
    assert "Traceback" not in out


def test_a_question_to_a_provider_that_failed_says_so(stack: Stack) -> None:
    class Closed(Fake):
        async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:  # noqa: ARG002
            raise ValueError("no such region")

    stack.registry = {"fake": lambda: Closed(stack.world)}
    stack.program("""
        p = Provider("p", region="nowhere")
        opts = pulumi.InvokeOutputOptions(provider=p)
        pulumi.export("x", pulumi.runtime.invoke_output("fake:index:get", {"name": "x"}, opts))
    """)
    out = stack.up(status=1)
    assert "no such region" in out
    assert "error: fake:index:get: its provider could not be set up" in out
    assert "KeyError" not in out


def test_a_package_that_nobody_serves_is_named(stack: Stack) -> None:
    stack.program('pulumi.CustomResource("gcp:x:Y", "a", {}, None)')
    assert "no provider for the package 'gcp': this engine serves fake" in stack.up(status=1)


def test_a_failed_command_shows_its_status_and_the_last_lines_of_what_it_printed(stack: Stack) -> None:
    class Commands(Fake):
        async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
            if request.preview:
                return await super().create(request)
            output = "".join(f"line {n}\n" for n in range(50))
            raise CommandFailed(command="set -e\nsecret stuff", output=output, exit_status=7)

    stack.registry = {"fake": lambda: Commands(stack.world)}
    stack.program('Thing("slave-1-docker")')
    out = stack.up(status=1)
    assert "fake:index:Thing (slave-1-docker):\n    error: command failed with exit status 7\n" in out
    assert "    ... (30 lines before)\n    line 30\n" in out
    assert "    line 49\n" in out
    assert "secret stuff" not in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_running_steps_end_starts_no_more_and_keeps_the_state(stack: Stack, number: int) -> None:
    class Slow(Fake):
        async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.05)  # the signal reaches the main thread meanwhile
            return await super().create(request)

    stack.registry = {"fake": lambda: Slow(stack.world)}
    stack.program('a = Thing("a")\nThing("b", x=a.out)')
    out = stack.up(status=1)
    assert "stopping: running steps are finished first" in out
    assert "a" in stack.resources
    assert "b" not in stack.resources
    stack.registry = {"fake": lambda: Fake(stack.world)}
    assert "+ 1 created" in stack.up()


def test_an_unserved_option_is_refused_and_not_ignored(stack: Stack) -> None:
    stack.program('Thing("a", Opts(import_="x-1"))')
    assert "a: this engine does not serve import_" in stack.up(status=1)
    assert stack.world.done("create") == []


def test_a_value_that_cannot_be_an_input_fails_the_program(stack: Stack) -> None:
    stack.program('pulumi.CustomResource("fake:index:Thing", "b", {"x": object()}, Opts())')
    assert "unexpected input of type object" in stack.up(status=1)
    assert "b" not in stack.resources
