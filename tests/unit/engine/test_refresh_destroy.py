"""refresh and destroy."""

from pulumi.provider.experimental.property_value import PropertyValue

from tests.unit.engine.conftest import Stack

PROGRAM = 'a = Thing("a", x="1")\nb = Thing("b", x=a.out)\nThing("c", y="1")'


def test_refresh_drops_what_is_gone_and_takes_over_what_changed(stack: Stack) -> None:
    stack.program(PROGRAM)
    stack.up()
    del stack.world.things[stack.resources["a"]["id"]]
    stack.world.things[stack.resources["c"]["id"]]["y"] = PropertyValue("2")
    out = stack.run("refresh", "--yes", "-s", "dev").output
    assert "-  fake:index:Thing a delete\n" in out
    assert "~  fake:index:Thing c updated" in out
    assert "a" not in stack.resources
    assert stack.resources["c"]["outputs"]["y"] == "2"
    assert "dependencies" not in stack.resources["b"]
    out = stack.up()
    assert "+ 1 created" in out
    assert "~ 1 updated" in out
    assert stack.world.plain("c") == {"y": "1"}


def test_the_preview_of_a_refresh_changes_nothing(stack: Stack) -> None:
    stack.program(PROGRAM)
    stack.up()
    stack.world.things.clear()
    before = stack.state_file.read_bytes()
    assert "+ 3 to create" in stack.run("preview", "--refresh", "-s", "dev").output
    assert stack.state_file.read_bytes() == before


def test_up_with_refresh_mends_what_drifted(stack: Stack) -> None:
    stack.program(PROGRAM)
    stack.up()
    stack.world.things[stack.resources["c"]["id"]]["y"] = PropertyValue("2")
    assert "unchanged" in stack.up("--expect-no-changes")
    out = stack.up("--refresh")
    assert "~ 1 updated" in out
    assert stack.world.things[stack.resources["c"]["id"]]["y"].value == "1"


def test_a_refresh_keeps_a_secret_secret(stack: Stack) -> None:
    stack.program('Thing("a", Opts(additional_secret_outputs=["token"]), key=pulumi.Output.secret("hunter2"))')
    stack.up()
    thing = stack.world.things[stack.resources["a"]["id"]]
    thing["key"] = PropertyValue("hunter2")
    thing["n"] = PropertyValue(1.0)
    stack.run("refresh", "--yes", "-s", "dev")
    assert "hunter2" not in stack.state_file.read_text()
    assert "t0ken" not in stack.state_file.read_text()


def test_destroy_deletes_dependents_first_and_leaves_an_empty_stack(stack: Stack) -> None:
    stack.program(PROGRAM)
    stack.up()
    out = stack.run("destroy", "--yes", "-s", "dev").output
    deleted = stack.world.done("delete")
    assert deleted.index("b") < deleted.index("a")
    assert stack.world.things == {}
    assert stack.latest.get("resources", []) == []
    assert "- 4 deleted" in out
    assert stack.run("stack", "rm", "--yes", "dev").output == "Stack 'dev' has been removed!\n"


def test_destroy_deletes_side_by_side_what_is_independent(stack: Stack) -> None:
    stack.program("for n in range(5): Thing(f't{n}')")
    stack.up()
    stack.run("destroy", "--yes", "-s", "dev", "--parallel", "1")
    assert sorted(stack.world.done("delete")) == ["t0", "t1", "t2", "t3", "t4"]
