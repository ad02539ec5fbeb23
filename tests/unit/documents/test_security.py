"""The tables of docs/security.md: each test that a row names exists, and each rule has a test or a reason."""

import ast
import re
from pathlib import Path

import pytest

from tests.unit.documents.markdown import PROJECT, rows

SECURITY = Path("docs/security.md")
THREATS, RULES = "Threat model", "The rules of scanners"
NAMED = sorted(set(re.findall(r"\[(test_\w+)\]\(\.\./(tests/\S+?\.py)\)", (PROJECT / SECURITY).read_text())))


@pytest.mark.parametrize(("name", "path"), NAMED)
def test_a_test_that_the_page_names_is_in_that_file(name: str, path: str) -> None:
    tree = ast.parse((PROJECT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_names_a_test_or_why_there_is_none() -> None:
    threats, rules = rows(SECURITY, THREATS), rows(SECURITY, RULES)
    assert len(threats) > 10
    for who, *_, stops, held, remains in threats:
        assert "(../tests/" in held or stops == "nothing", who
        assert remains, who
    for rule, _, here, held in rules:
        assert "(../tests/" in held or here.startswith(("No: ", "Does not apply: ")), rule


def test_each_rule_has_one_row() -> None:
    found = [rule for row in rows(SECURITY, RULES) for rule in row[0].split()]
    assert len(found) == len(set(found)) > 40
    assert all(re.fullmatch(r"CKV2?_AWS_\d+", rule) for rule in found)
