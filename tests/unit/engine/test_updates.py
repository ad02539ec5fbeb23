"""What `up` does with a program: order, updates, replacements, options. The provider is a fake, the SDK is real."""

import pytest

from tests.unit.engine.conftest import Stack
from tests.unit.engine.fake import Fake

CHAIN = """
a = Thing("a", x="1")
b = Thing("b", x=a.out)
c = Thing("c", Opts(depends_on=[b]), x="3")
pulumi.export("b", b.out)
"""


def test_a_resource_is_made_after_what_it_depends_on_and_gets_its_outputs(stack: Stack) -> None:
    stack.program(CHAIN)
    out = stack.up()
    assert stack.world.done("create") == ["a", "b", "c"]
    assert stack.world.plain("b") == {"x": "out-a"}
    assert stack.resources["c"]["dependencies"] == [stack.resources["b"]["urn"]]
    assert "+ 4 created" in out
    assert 'b: "out-b"' in out


def test_independent_resources_are_made_side_by_side(stack: Stack) -> None:
    stack.program("for n in range(20): Thing(f't{n}', meet=20)")
    stack.up()
    assert stack.world.most == 20


def test_parallel_bounds_how_many_are_made_at_once(stack: Stack) -> None:
    stack.program("for n in range(8): Thing(f't{n}', meet=2, slow=1)")
    stack.up("--parallel", "2")
    assert stack.world.most == 2


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    stack.program(CHAIN)
    stack.up()
    before = stack.state_file.read_bytes()
    assert "4 unchanged" in stack.up("--expect-no-changes")
    assert stack.world.done("create") == ["a", "b", "c"]
    assert stack.world.done("update") == []
    assert stack.state_file.read_bytes() == before


def test_a_changed_input_updates_in_place_and_passes_the_change_on(stack: Stack) -> None:
    stack.program(CHAIN)
    stack.up()
    identity = stack.resources["a"]["id"]
    stack.program(CHAIN.replace('x="1"', 'x="2"'))
    assert "~ 1 updated" in stack.up()
    assert stack.resources["a"]["inputs"] == {"x": "2"}
    assert stack.resources["a"]["id"] == identity
    assert stack.world.done("delete") == []


def test_a_replacement_makes_the_new_one_first_and_deletes_the_old_one_last(stack: Stack) -> None:
    program = 'a = Thing("a", replaceMe="1")\nb = Thing("b", x=a.id)'
    stack.program(program)
    stack.up()
    stack.world.calls.clear()
    stack.program(program.replace('"1"', '"2"'))
    assert "+-1 replaced" in stack.up()
    assert [call for call in stack.world.calls if call[0] in ("create", "update", "delete")] == [
        ("create", "a"),
        ("update", "b"),
        ("delete", "a"),
    ]
    assert len(stack.world.things) == 2


@pytest.mark.parametrize(
    ("option", "order"),
    [
        ("", ["create", "delete"]),
        (", Opts(delete_before_replace=True)", ["delete", "create"]),
        (", dbr=1", ["delete", "create"]),
        (", Opts(delete_before_replace=False), dbr=1", ["create", "delete"]),
    ],
)
def test_the_option_goes_before_the_providers_wish_on_what_comes_first(
    stack: Stack, option: str, order: list[str]
) -> None:
    stack.program(f'Thing("a"{option}, replaceMe="1")')
    stack.up()
    stack.world.calls.clear()
    stack.program(f'Thing("a"{option}, replaceMe="2")')
    stack.up()
    assert [what for what, _ in stack.world.calls if what in order] == order
    assert "pendingReplacement" not in stack.resources["a"]


def test_who_would_be_replaced_too_is_deleted_before_what_it_depends_on_and_nobody_else(stack: Stack) -> None:
    program = """
    a = Thing("a", Opts(delete_before_replace=True), replaceMe="1")
    b = Thing("b", replaceWith=a.id)
    c = Thing("c", replaceWith=b.id)
    d = Thing("d", x=a.id)
    e = Thing("e", Opts(depends_on=[a]), replaceMe="1")
    """
    stack.program(program)
    stack.up()
    stack.world.calls.clear()
    stack.program(program.replace('replaceMe="1")', 'replaceMe="2")', 1))
    stack.up()
    changes = [call for call in stack.world.calls if call[0] in ("create", "update", "delete")]
    assert changes[:3] == [("delete", "c"), ("delete", "b"), ("delete", "a")]
    assert set(changes[3:]) == {("create", "a"), ("create", "b"), ("create", "c"), ("update", "d")}


def test_what_goes_with_another_resource_is_not_deleted_by_itself(stack: Stack) -> None:
    program = """
    host = Thing("host", replaceMe="1")
    Thing("on-host", Opts(deleted_with=host), replaceHost=host.id)
    """
    stack.program(program)
    stack.up()
    stack.program(program.replace('"1"', '"2"'))
    stack.up()
    assert stack.world.done("delete") == ["host"]
    stack.run("destroy", "--yes", "-s", "dev")
    assert stack.world.done("delete") == ["host", "host"]
    stack.program(program)
    stack.up()
    stack.program('Thing("host", replaceMe="1")')
    stack.up()
    assert stack.world.done("delete") == ["host", "host", "on-host"]


@pytest.mark.parametrize(
    ("path", "ignored", "heeded"),
    [
        ("ami", "ami='2', x='1'", "ami='2', x='2'"),
        ("tags.a", "ami='1', x='1', tags={'a': 9, 'b': 2}", "ami='1', x='1', tags={'a': 9, 'b': 3}"),
        ("list[0]", "ami='1', x='1', list=[9, 2]", "ami='1', x='1', list=[9, 3]"),
        ("tags.*", "ami='1', x='1', tags={'a': 8, 'b': 9}", "ami='1', x='2', tags={'a': 8, 'b': 9}"),
    ],
)
def test_an_ignored_change_is_none_and_its_neighbours_are(stack: Stack, path: str, ignored: str, heeded: str) -> None:
    base = {"ami": "'1'", "x": "'1'", "tags": "{'a': 1, 'b': 2}", "list": "[1, 2]"}

    def program(change: str) -> str:
        return f"base = dict({', '.join(f'{k}={v}' for k, v in base.items())}); base.update(dict({change}))\n" + (
            f"Thing('a', Opts(ignore_changes=['{path}']), **base)"
        )

    stack.program(program(""))
    stack.up()
    stack.program(program(ignored))
    assert "unchanged" in stack.up("--expect-no-changes")
    stack.program(program(heeded))
    assert "~ 1 updated" in stack.up()
    if path == "ami":
        assert stack.resources["a"]["inputs"]["ami"] == "1"


def test_replace_on_changes_makes_an_update_a_replacement(stack: Stack) -> None:
    program = "Thing('a', Opts(replace_on_changes=['triggers[*]']), triggers=['1'], x='1')"
    stack.program(program)
    stack.up()
    stack.program(program.replace("x='1'", "x='2'"))
    assert stack.ops()["a"] == "update"
    stack.program(program.replace("['1']", "['2']"))
    assert stack.ops()["a"] == "replace"


def test_a_protected_resource_is_neither_deleted_nor_replaced(stack: Stack) -> None:
    program = 'Thing("a", Opts(protect=True), replaceMe="1")'
    stack.program(program)
    stack.up()
    stack.program("")
    assert "protected" in stack.up(status=1)
    stack.program(program.replace('"1"', '"2"'))
    assert "protected" in stack.up(status=1)
    assert "protected" in stack.run("destroy", "--yes", "-s", "dev", status=1).output
    assert stack.world.done("delete") == []
    assert stack.resources["a"]["protect"] is True


def test_a_retained_resource_leaves_the_state_and_stays_in_the_world(stack: Stack) -> None:
    stack.program('Thing("a", Opts(retain_on_delete=True))')
    stack.up()
    stack.program("")
    assert "- 1 deleted" in stack.up()
    assert stack.world.done("delete") == []
    assert "a" not in stack.resources


def test_a_renamed_resource_with_an_alias_is_the_same(stack: Stack) -> None:
    stack.program('Thing("old", x="1")')
    stack.up()
    stack.program('Thing("new", Opts(aliases=[pulumi.Alias(name="old")]), x="1")')
    stack.up("--expect-no-changes")
    assert "new" in stack.resources
    assert "old" not in stack.resources


def test_what_the_program_no_longer_says_is_deleted_dependents_first(stack: Stack) -> None:
    stack.program(CHAIN)
    stack.up()
    stack.program('Thing("other")')
    stack.up()
    assert stack.world.done("delete") == ["c", "b", "a"]
    assert set(stack.resources) == {"demo-dev", "default", "other"}


def test_a_component_holds_its_children_and_keeps_its_outputs(stack: Stack) -> None:
    stack.program("""
    g = Group("g")
    a = Thing("a", Opts(parent=g))
    g.register_outputs({"a": a.out})
    """)
    stack.up()
    assert stack.resources["a"]["urn"] == "urn:pulumi:dev::demo::apollo:test:Group$fake:index:Thing::a"
    assert stack.resources["g"]["outputs"] == {"a": "out-a"}
    assert "custom" in stack.resources["g"]
    stack.up("--expect-no-changes")


@pytest.mark.parametrize("secrets", [True, False])
def test_secrets_are_never_in_plaintext_in_the_state_and_never_shown(stack: Stack, secrets: bool) -> None:
    stack.registry = {"fake": lambda: Fake(stack.world, secrets=secrets)}
    stack.program("""
    a = Thing("a", Opts(additional_secret_outputs=["token"]), key=pulumi.Output.secret("hunter2"),
              deep={"list": [pulumi.Output.secret("hunter2")]})
    pulumi.export("key", a.key if hasattr(a, "key") else pulumi.Output.secret("hunter2"))
    pulumi.export("token", a.token)
    """)
    shown = stack.run("preview", "-s", "dev", "--diff").output + stack.run("preview", "-s", "dev", "--json").output
    shown += stack.up()
    assert "hunter2" not in shown
    assert "t0ken" not in shown
    assert "[secret]" in shown
    text = stack.state_file.read_text()
    assert "hunter2" not in text
    assert "t0ken" not in text
    assert stack.world.plain("a")["key"] == "hunter2"
    assert stack.run("stack", "output", "token", "-s", "dev", "--show-secrets").output == "t0ken\n"
    assert stack.run("stack", "output", "token", "-s", "dev").output == "[secret]\n"
    before = stack.latest["resources"]
    stack.program((stack.folder / "__main__.py").read_text() + "\nThing('b')")
    stack.up()
    kept = [item for item in stack.latest["resources"] if item["urn"] in {old["urn"] for old in before}]
    assert kept == before, "an unchanged secret keeps its ciphertext"


def test_a_default_provider_is_configured_from_the_stacks_config(stack: Stack) -> None:
    stack.run("config", "set", "fake:region", "eu-west-1", "-s", "dev")
    stack.program("Thing('a')\nThing('b', Opts(version='1.2.3'))")
    stack.up()
    assert {"region": "eu-west-1"} in stack.world.configured
    assert stack.resources["default"]["inputs"] == {"region": "eu-west-1"}
    assert stack.resources["default_1_2_3"]["inputs"] == {"region": "eu-west-1", "version": "1.2.3", "__internal": {}}
    assert stack.resources["default_1_2_3"]["outputs"] == {"region": "eu-west-1", "version": "1.2.3"}
    assert stack.resources["b"]["provider"].startswith("urn:pulumi:dev::demo::pulumi:providers:fake::default_1_2_3::")


def test_a_provider_of_the_program_serves_who_names_it_and_is_kept(stack: Stack) -> None:
    program = (
        "p = Provider('p', region='{}', tags=pulumi.Output.json_dumps({{'a': 'b'}}))\nThing('a', Opts(provider=p))"
    )
    stack.program(program.format("r1"))
    stack.up()
    assert stack.world.configured[-1] == {"region": "r1", "tags": '{"a": "b"}'}
    reference = f"{stack.resources['p']['urn']}::{stack.resources['p']['id']}"
    assert stack.resources["a"]["provider"] == reference
    stack.up("--expect-no-changes")
    stack.program(program.replace("'b'", "'c'").format("r1"))
    assert "~ 1 updated" in stack.up()
    assert stack.resources["a"]["provider"] == reference


def test_a_provider_that_must_be_another_one_replaces_what_it_made(stack: Stack) -> None:
    program = "p = Provider('p', region='{}')\nThing('a', Opts(provider=p))"
    stack.program(program.format("r1"))
    stack.up()
    old = stack.resources["p"]["id"]
    stack.program(program.format("r2"))
    assert "+-2 replaced" in stack.up()
    assert stack.resources["p"]["id"] != old
    assert stack.world.done("delete") == ["a"]
    assert len(stack.latest["resources"]) == 3


def test_the_program_can_ask_a_provider_something(stack: Stack) -> None:
    stack.program("""
    a = Thing("a")
    pulumi.export("plain", pulumi.runtime.invoke("fake:index:get", {"name": "x"}).value["value"])
    pulumi.export("later", pulumi.runtime.invoke_output("fake:index:get", {"name": a.out})["value"])
    """)
    plan = stack.run("preview", "-s", "dev").output
    assert 'plain: "invoked-x"' in plan
    assert "later: [unknown]" in plan
    assert stack.world.done("invoke") == ["fake:index:get"]
    assert 'later: "invoked-out-a"' in stack.up()


def test_a_question_that_waits_for_a_resource_is_not_asked_before_it_is_there(stack: Stack) -> None:
    stack.program("""
    options = pulumi.InvokeOutputOptions(depends_on=[Thing("a")])
    pulumi.export("later", pulumi.runtime.invoke_output("fake:index:get", {"name": "x"}, options)["value"])
    """)
    assert "later: [unknown]" in stack.run("preview", "-s", "dev").output
    assert stack.world.done("invoke") == []
    assert 'later: "invoked-x"' in stack.up()


def test_the_program_starts_afresh_after_its_own_preview(stack: Stack) -> None:
    (stack.folder / "counted.py").write_text("runs = []\n")
    stack.program("import counted; counted.runs.append(1); pulumi.export('runs', len(counted.runs))")
    assert "runs: 1" in stack.run("up", "--yes", "-s", "dev").output.split("Updating")[1]


def test_the_program_gets_its_config_and_arrays_as_json(stack: Stack) -> None:
    (stack.folder / "Pulumi.yaml").write_text(
        "name: demo\nruntime: python\nconfig:\n"
        "  count: {type: integer, default: 2}\n  zones: {type: array, items: {type: string}, default: [a, b]}\n"
        "  flag: {type: boolean, default: true}\n"
    )
    stack.run("config", "set", "--secret", "pw", "hunter2", "-s", "dev")
    stack.program("""
    config = pulumi.Config()
    pulumi.export("all", [config.require_int("count"), config.require("zones"), config.get_bool("flag")])
    pulumi.export("pw", config.require_secret("pw"))
    """)
    stack.up()
    assert stack.resources["demo-dev"]["outputs"]["all"] == [2, '["a","b"]', True]
    assert stack.run("stack", "output", "pw", "-s", "dev", "--show-secrets").output == "hunter2\n"
