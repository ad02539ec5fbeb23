"""What a preview says, and that it changes nothing."""

from tests.unit.engine.conftest import Stack
from tests.unit.engine.fake import UNKNOWN


def test_a_first_preview_knows_the_inputs_and_not_the_outputs(stack: Stack) -> None:
    stack.program('a = Thing("a", x="1")\nThing("b", y=a.out, z=a.x if hasattr(a, "x") else "1")')
    before = stack.state_file.read_bytes()
    steps = {step["urn"].rsplit("::", 1)[-1]: step for step in stack.plan()["steps"]}
    assert steps["b"]["newState"]["inputs"]["y"] == UNKNOWN
    assert steps["a"]["newState"]["inputs"] == {"x": "1"}
    assert stack.world.done("create") == []
    assert stack.state_file.read_bytes() == before


def test_json_has_the_shape_of_the_clis_digest(stack: Stack) -> None:
    program = (
        'print("hello")\nThing("a", key=pulumi.Output.secret("k"), replaceMe="1")\nThing("b", x="1")\nThing("c")'
    )
    stack.run("config", "set", "k", "v", "-s", "dev")
    stack.program(program)
    stack.up()
    stack.program(program.replace('replaceMe="1"', 'replaceMe="2"').replace('"b", x="1"', '"b", x="2"'))
    digest = stack.plan()
    assert list(digest) == ["config", "steps", "diagnostics", "duration", "changeSummary"]
    assert digest["config"] == {"demo:k": "v"}
    assert digest["changeSummary"] == {"replace": 1, "same": 2, "update": 1}
    steps = {step["urn"].rsplit("::", 1)[-1]: step for step in digest["steps"]}
    assert set(steps) == {"demo-dev", "a", "b"}
    assert steps["demo-dev"]["op"] == "same"
    assert steps["demo-dev"]["detailedDiff"] is None
    a = steps["a"]
    assert a["newState"]["inputs"]["key"] == "[secret]"
    assert a["oldState"]["inputs"]["key"] == "[secret]"
    assert (a["op"], a["diffReasons"], a["replaceReasons"]) == ("replace", ["replaceMe"], ["replaceMe"])
    assert a["detailedDiff"] == {"replaceMe": {"kind": "update-replace", "inputDiff": True}}
    assert a["oldState"]["id"].startswith("a-")
    assert not {"id", "outputs"} & set(a["newState"])
    assert not {"id", "outputs"} & set(steps["b"]["newState"])
    assert steps["b"]["newState"]["modified"] == steps["b"]["oldState"]["modified"]
    assert a["provider"] == a["newState"]["provider"]
    assert "replaceReasons" not in steps["b"]
    assert digest["diagnostics"] == [
        {"urn": "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev", "message": "hello\n", "severity": "info"}
    ]


def test_json_stays_json_when_the_program_fails(stack: Stack) -> None:
    stack.program('raise pulumi.RunError("slaveCount is 300: at most 240")')
    result = stack.run("preview", "--json", "-s", "dev", status=1)
    assert '"message": "error: slaveCount is 300: at most 240\\n"' in result.stdout


def test_diff_shows_old_and_new_and_the_lines_of_a_text_that_change(stack: Stack) -> None:
    text = "".join(f"line {n}\n" for n in range(12))
    program = 'Thing("a", text={!r}, tags={{"Name": "x", "n": [1, 2]}}, key=pulumi.Output.secret("{}"))'
    stack.program(program.format(text, "k1"))
    stack.up()
    stack.program(
        program.format(text.replace("line 6\n", "line six\n"), "k2").replace('"x", "n": [1, 2]', '"y", "n": [1, 3]')
    )
    out = stack.run("preview", "--diff", "-s", "dev").output
    assert "~ fake:index:Thing: (update)" in out
    assert '~ tags.Name: "x" => "y"' in out
    assert "~ tags.n[1]: 2 => 3" in out
    assert "~ key      : [secret] => [secret]" in out
    shown = [line.strip() for line in out.splitlines()]
    assert shown[shown.index("~ text     :") + 1 :][:8] == [
        "line 3", "line 4", "line 5", "- line 6", "+ line six", "line 7", "line 8", "line 9"
    ]  # fmt: skip
    assert "line 1" not in shown


def test_diff_shows_what_is_made_in_full_and_unknowns_as_such(stack: Stack) -> None:
    stack.program('a = Thing("a", text="one\\ntwo\\n")\nThing("b", x=a.out, list=[1, True])')
    out = stack.run("preview", "--diff", "-s", "dev").output
    assert "+ fake:index:Thing: (create)" in out
    assert "+     one\n" in out
    assert "x   : [unknown]" in out
    assert "[1]: true" in out


def test_expect_no_changes_fails_a_preview_with_changes(stack: Stack) -> None:
    stack.program('Thing("a")')
    result = stack.run("preview", "--expect-no-changes", "-s", "dev", status=7)
    assert "no changes were expected for preview but changes were proposed" in result.output


def test_a_preview_counts_as_the_cli_does(stack: Stack) -> None:
    stack.program('Thing("a", x="1")\nThing("b", replaceMe="1")\nThing("c")')
    stack.up()
    stack.program('Thing("a", x="2")\nThing("b", replaceMe="2")\nThing("d")')
    lines = [line.strip() for line in stack.run("preview", "-s", "dev").output.splitlines()]
    at = lines.index("Resources:")
    assert lines[at + 1 : at + 6] == [
        "+ 1 to create",
        "~ 1 to update",
        "- 1 to delete",
        "+-1 to replace",
        "4 changes. 1 unchanged",
    ]
    assert "~  fake:index:Thing a update [diff: ~x]" in lines


def test_a_replaced_resource_is_unknown_to_who_uses_it(stack: Stack) -> None:
    program = 'a = Thing("a", replaceMe="1")\nThing("b", x=a.id)'
    stack.program(program)
    stack.up()
    stack.program(program.replace('"1"', '"2"'))
    steps = {step["urn"].rsplit("::", 1)[-1]: step for step in stack.plan()["steps"]}
    assert steps["b"]["newState"]["inputs"] == {"x": UNKNOWN}
    assert stack.world.done("delete") == []
