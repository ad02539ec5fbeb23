"""Edits of Pulumi.<stack>.yaml leave the rest of the file as it was."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.engine.stackfile import StackFile

FILE = """# our stack
encryptionsalt: v1:abc
config:
  # how many
  demo:count: "3" # for now
  demo:text: |
    one
    two
  demo:pw:
    secure: v1:xyz
  demo:list:
    - a
    # in between
    - b

  # the end
  demo:last: x
# after it all
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("demo:count", "4"),
        ("demo:text", "three\nfour\n"),
        ("demo:pw", {"secure": "v1:other"}),
        ("demo:list", ["c"]),
        ("demo:last", "y"),
        ("demo:new", {"a": [1, {"b": True}]}),
    ],
)
def test_setting_one_key_changes_that_key_only(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(FILE)
    StackFile(path).set(key, value)
    expected = yaml.safe_load(FILE)
    expected["config"][key] = value
    assert yaml.safe_load(path.read_text()) == expected
    for comment in ("# our stack", "  # how many", "  # the end", "# after it all"):
        assert comment in path.read_text().splitlines()


@pytest.mark.parametrize("key", ["demo:count", "demo:text", "demo:pw", "demo:list", "demo:last"])
def test_removing_one_key_removes_that_key_only(tmp_path: Path, key: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(FILE)
    StackFile(path).remove(key)
    expected = yaml.safe_load(FILE)
    del expected["config"][key]
    assert yaml.safe_load(path.read_text()) == expected
    assert "# the end" in path.read_text()


@pytest.mark.parametrize(
    "text", ["", "config: {}\n", "config:\n", "# only a comment\n", "config: {a:b: c}\n", "encryptionsalt: x"]
)
def test_a_file_without_config_gets_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(text)
    StackFile(path).set("demo:k", "v")
    assert yaml.safe_load(path.read_text())["config"]["demo:k"] == "v"


def test_a_missing_file_is_made_and_the_last_key_leaves_no_empty_section(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    file = StackFile(path)
    file.set("demo:k", "v")
    file.set_salt("v1:abc")
    assert path.read_text() == "encryptionsalt: v1:abc\nconfig:\n  demo:k: v\n"
    file.remove("demo:k")
    assert path.read_text() == "encryptionsalt: v1:abc\n"
