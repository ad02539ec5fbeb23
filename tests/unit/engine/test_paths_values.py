"""Property paths, and values on their way to and from the SDK's protobuf and providers' forms."""

from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engine.display.difftext import text_diff
from sandbox.engine.display.valuetext import block, inline
from sandbox.engine.objectdiff import changes
from sandbox.engine.paths import covers, join, parse, reset
from sandbox.engine.propertyvalue import from_properties, to_properties, to_property
from sandbox.engine.structs import from_struct, to_struct
from sandbox.engine.values import UNKNOWN, Secret, keep_secret, redact, reveal

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**50), 2**50)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text()
    | st.just(UNKNOWN)
    | st.text().map(Secret)
    | st.text().map(lambda text: Secret({"part": Secret(text)})),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES))
def test_values_survive_the_sdks_form_and_the_providers(props: dict[str, Any]) -> None:
    assert from_struct(to_struct(props)) == props
    assert from_properties(to_properties(props)) == props


def test_an_asset_carries_the_hash_of_its_content() -> None:
    asset = from_properties({"a": to_property(None).with_value(pulumi.StringAsset("x"))})["a"]
    assert asset["hash"] == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert isinstance(to_property(asset).value, pulumi.StringAsset)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ('a["b.c"]', ("a", "b.c")),
        ('tags["kubernetes.io/x"].y', ("tags", "kubernetes.io/x", "y")),
        ("a[*]", ("a", "*")),
        ("a.*", ("a", "*")),
    ],
)
def test_a_path_is_read_part_by_part(text: str, path: tuple[str | int, ...]) -> None:
    assert parse(text) == path


@pytest.mark.parametrize("text", ["", "a[", "a[x]", "[["])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse(text)


def test_a_path_is_written_as_it_is_read() -> None:
    path = join(join(join("", "tags"), "a.b"), 0)
    assert path == 'tags["a.b"][0]'
    assert parse(path) == ("tags", "a.b", 0)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("a", "a.b", True),
        ("a.b", "a", False),
        ("a[*]", "a[3]", True),
        ("a[*]", "a", True),
        ("a[*]", "b", False),
        ("a[1]", "a[3]", False),
    ],
)
def test_a_path_covers_what_lies_in_it(outer: str, inner: str, expected: bool) -> None:
    assert covers(parse(outer), parse(inner)) is expected


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ({"a": 1}, {"a": 2}, "a", {"a": 1}),
        ({}, {"a": 2}, "a", {}),
        ({"a": 1}, {}, "a", {"a": 1}),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, "a.b", {"a": {"b": 1, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3, 4]}, "a[1]", {"a": [3, 2]}),
        ({"a": [1]}, {"a": [3, 4]}, "a[*]", {"a": [1, 4]}),
        ({"a": Secret({"b": 1})}, {"a": Secret({"b": 2, "c": 3})}, "a.b", {"a": Secret({"b": 1, "c": 3})}),
        ({"a": "x"}, {"a": {"b": 2}}, "a.b", {"a": {}}),
    ],
)
def test_an_ignored_path_is_put_back(old: Any, new: Any, path: str, expected: Any) -> None:
    assert reset(old, new, parse(path)) == expected


def test_secrets_are_laid_bare_redacted_and_kept() -> None:
    props = {"a": Secret("x"), "b": [{"c": Secret({"d": 1})}], "e": 1}
    assert reveal(props) == {"a": "x", "b": [{"c": {"d": 1}}], "e": 1}
    assert redact(props) == {"a": "[secret]", "b": [{"c": "[secret]"}], "e": 1}
    assert keep_secret({"a": "x", "b": [], "e": 1, "f": 2}, like=props, names=("f",)) == {
        "a": Secret("x"),
        "b": Secret([]),
        "e": 1,
        "f": Secret(2),
    }


def test_changes_name_the_paths_that_differ() -> None:
    old = {"same": 1, "gone": 1, "list": [1, 2], "map": {"x.y": 1}, "pw": Secret("a"), "__internal": 1}
    new = {"same": 1, "new": 1, "list": [1, 3, 4], "map": {"x.y": 2}, "pw": Secret("b")}
    assert [(item.path, item.kind) for item in changes(old, new)] == [
        ("gone", "delete"),
        ("list[1]", "update"),
        ("list[2]", "add"),
        ('map["x.y"]', "update"),
        ("new", "add"),
        ("pw", "update"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", '"a"'), (1, "1"), (True, "true"), (None, "<null>"), (Secret("x"), "[secret]"), (UNKNOWN, "[unknown]")],
)
def test_values_are_printed_as_the_cli_prints_them(value: Any, text: str) -> None:
    assert inline(value) == text


def test_nested_values_are_printed_on_lines_of_their_own() -> None:
    assert block([1, {"a": True}]) == ["[", "    [0]: 1", "    [1]: {", "        a: true", "    }", "]"]


def test_a_text_diff_keeps_three_lines_around_a_change() -> None:
    old = [str(n) for n in range(20)]
    new = [*old[:2], "two", *old[3:15], *old[16:]]
    lines = list(text_diff("\n".join(old), "\n".join(new)))
    assert lines == [
        "  0", "  1", "- 2", "+ two", "  3", "  4", "  5", "...",
        "  12", "  13", "  14", "- 15", "  16", "  17", "  18",
    ]  # fmt: skip
