"""stack and config, and what the command line refuses."""

import json
from pathlib import Path

import pytest

from tests.unit.engine.conftest import Stack

DECLARED = """name: demo
runtime: python
config:
  count: {type: integer, default: 2, description: how many}
  zones: {type: array, items: {type: string}}
  flag: {type: boolean, default: true}
  tree: {type: object, default: {a: 1}}
  pw: {type: string, secret: true}
  other:thing: {type: string, default: x}
"""


def declare(stack: Stack) -> None:
    (stack.folder / "Pulumi.yaml").write_text(DECLARED)
    stack.run("config", "set", "--secret", "pw", "hunter2", "-s", "dev")
    stack.run("config", "set", "--path", "zones[0]", "a", "-s", "dev")
    stack.program("pulumi.export('x', 1)")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (["set", "count", "many"], "configuration key 'count' must be of type 'integer': it is 'many'"),
        (["set", "count", "2.5"], "configuration key 'count' must be of type 'integer': it is '2.5'"),
        (["set", "zones", "a"], "configuration key 'zones' must be of type 'array<string>': it is 'a'"),
        (["set", "--path", "zones[0]", "5"], "'zones' must be of type 'array<string>': it is '[5]'"),
        (["set", "flag", "yes"], "configuration key 'flag' must be of type 'boolean': it is 'yes'"),
        (["set", "tree", "x"], "configuration key 'tree' must be of type 'object': it is 'x'"),
        (["set", "--plaintext", "pw", "x"], "configuration key 'pw' must be encrypted as it's secret"),
        (["rm", "pw"], "is missing configuration value 'pw'\nset it: pulumi config set -s dev --secret pw VALUE"),
        (["rm", "zones"], "missing configuration value 'zones'\nset it: pulumi config set -s dev --path 'zones[0]'"),
    ],
)
def test_config_of_the_wrong_type_is_refused_before_the_program_runs(
    stack: Stack, change: list[str], complaint: str
) -> None:
    declare(stack)
    stack.program("raise SystemExit('it ran')")
    stack.run("config", *change, "-s", "dev")
    for command in (["preview"], ["preview", "--json"], ["up", "--yes"]):
        out = stack.run(*command, "-s", "dev", status=1).output
        assert complaint in out
        assert "error: validating stack config: Stack 'dev'" in out
        assert "it ran" not in out


def test_the_config_table_shows_defaults_and_hides_secrets(stack: Stack) -> None:
    declare(stack)
    assert stack.run("config", "-s", "dev").output == (
        "KEY          VALUE\n"
        "count        2\n"
        "flag         true\n"
        "pw           [secret]\n"
        'tree         {"a":1}\n'
        'zones        ["a"]\n'
        "other:thing  x\n"
    )
    shown = json.loads(stack.run("config", "--json", "-s", "dev").output)
    assert shown["demo:pw"] == {"secret": True}
    assert shown["demo:zones"] == {"value": '["a"]', "objectValue": ["a"], "secret": False}
    assert "hunter2" in stack.run("config", "--show-secrets", "-s", "dev").output


@pytest.mark.parametrize(
    ("arguments", "stored", "printed"),
    [
        (["k", "v"], {"demo:k": "v"}, "v"),
        (["aws:region", "eu-west-1"], {"aws:region": "eu-west-1"}, "eu-west-1"),
        (["--path", "k.a[0].b", "5"], {"demo:k": {"a": [{"b": 5}]}}, "5"),
        (["--path", "k.on", "true"], {"demo:k": {"on": True}}, "true"),
        (["k", "$(touch x); 'quoted' \"twice\" #no: comment"], None, "$(touch x); 'quoted' \"twice\" #no: comment"),
        (["k", "two\nlines"], {"demo:k": "two\nlines"}, "two\nlines"),
        (["k", "5"], {"demo:k": "5"}, "5"),
        (["k", "--", "-5"], {"demo:k": "-5"}, "-5"),
    ],
)
def test_a_value_is_stored_as_the_cli_stores_it_and_read_back(
    stack: Stack, arguments: list[str], stored: dict[str, object] | None, printed: str
) -> None:
    import yaml

    stack.run("config", "set", "-s", "dev", *arguments)
    if stored is not None:
        assert yaml.safe_load((stack.folder / "Pulumi.dev.yaml").read_text())["config"] == stored
    key = [item for item in arguments if item != "--"][-2]
    flags = ["--path"] if "--path" in arguments else []
    assert stack.run("config", "get", "-s", "dev", *flags, key).output == f"{printed}\n"


def test_a_secret_is_stored_sealed_and_read_back(stack: Stack) -> None:
    stack.run("config", "set", "-s", "dev", "--secret", "pw", "hunter2")
    text = (stack.folder / "Pulumi.dev.yaml").read_text()
    assert "hunter2" not in text
    assert "secure: v1:" in text
    assert stack.run("config", "get", "pw", "-s", "dev").output == "hunter2\n"
    stack.run("config", "set", "-s", "dev", "--secret", "piped", input="two\nlines\n")
    assert stack.run("config", "get", "piped", "-s", "dev").output == "two\nlines\n"


def test_a_private_key_is_not_stored_in_the_open_by_mistake(stack: Stack) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nxx"
    out = stack.run("config", "set", "-s", "dev", "k", "--", key, status=1).output
    assert "k looks like a private key: use --secret" in out


def test_the_wrong_passphrase_is_said(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stack.run("config", "set", "-s", "dev", "--secret", "pw", "hunter2")
    (tmp_path / "phrase").write_text("wrong\n")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    assert "error: incorrect passphrase" in stack.run("config", "get", "pw", "-s", "dev", status=1).output
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE")
    assert "passphrase must be set" in stack.run("preview", "-s", "dev", status=1).output


@pytest.mark.parametrize(
    ("command", "status", "complaint"),
    [
        (["preview", "-s", "nope"], 6, "error: no stack named 'nope' found"),
        (["config", "get", "k", "-s", "nope"], 6, "error: no stack named 'nope' found"),
        (["config", "get", "nope", "-s", "dev"], 1, "error: configuration key 'nope' not found for stack 'dev'"),
        (["stack", "output", "nope", "-s", "dev"], 1, "error: current stack does not have output property 'nope'"),
        (["stack", "init", "dev"], 1, "error: stack 'dev' already exists"),
        (["up", "-s", "dev"], 2, "error: --yes or --skip-preview must be passed in"),
        (["destroy", "-s", "dev"], 2, "error: --yes or --skip-preview must be passed in"),
        (["up", "--no-such-option"], 2, "No such option"),
        (["up", "--parallel", "0", "-s", "dev"], 2, "0 is not in the range x>=1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_clis_words(
    stack: Stack, command: list[str], status: int, complaint: str
) -> None:
    assert complaint in stack.run(*command, status=status).output


def test_the_stack_option_stands_before_or_after_the_command(stack: Stack) -> None:
    stack.run("config", "set", "k", "v", "-s", "dev")
    assert stack.run("-s", "dev", "config", "get", "k").output == "v\n"
    assert stack.run("config", "get", "-s", "dev", "k").output == "v\n"
    assert stack.run("config", "get", "k").output == "v\n", "`stack init` selects"


def test_stacks_are_made_listed_selected_and_removed(stack: Stack) -> None:
    stack.program("Thing('a')\npulumi.export('n', {'b': 1})")
    stack.up()
    (stack.folder / "Pulumi.two.yaml").write_text((stack.folder / "Pulumi.dev.yaml").read_text())
    stack.run("stack", "init", "two")
    rows = {row["name"]: row for row in json.loads(stack.run("stack", "ls", "--json").output)}
    assert (rows["dev"]["current"], rows["two"]["current"]) == (False, True)
    assert rows["dev"]["resourceCount"] == 3
    stack.run("stack", "select", "dev")
    assert json.loads(stack.run("stack", "output", "--json").output) == {"n": {"b": 1}}
    assert stack.run("stack", "output", "n").output == '{"b":1}\n'
    assert "still has resources" in stack.run("stack", "rm", "dev", "--yes", status=1).output
    stack.run("stack", "rm", "two", "--yes")
    assert not (stack.folder / "Pulumi.two.yaml").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: demo\nruntime: nodejs\n", "`runtime` is 'nodejs'"),
        ("runtime: python\n", "`name` is missing"),
        ("name: [demo\n", "is not YAML"),
        ("name: demo\nruntime: python\nconfig: {k: {type: float}}\n", "config k: type is 'float'"),
        ("name: demo\nruntime: python\nconfig: {k: {type: array}}\n", "config k: an array needs `items`"),
        ("name: demo\nruntime: python\nconfig: {k: {type: integer, default: x}}\n", 'the default "x" is not of type'),
        ("name: demo\nruntime: python\nconfig: {k: {secret: true, default: x}}\n", "a secret cannot have a default"),
    ],
)
def test_a_project_file_that_cannot_be_used_is_named(stack: Stack, text: str, complaint: str) -> None:
    (stack.folder / "Pulumi.yaml").write_text(text)
    out = stack.run("preview", "-s", "dev", status=1).output
    assert complaint in out
    assert "Pulumi.yaml" in out


def test_another_kind_of_backend_is_refused(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://bucket")
    assert "PULUMI_BACKEND_URL is 's3://bucket'" in stack.run("preview", "-s", "dev", status=1).output
