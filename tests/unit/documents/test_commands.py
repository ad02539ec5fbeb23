"""The commands that the documents quote exist."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.documents.markdown import PROJECT, code, pages

_TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (PROJECT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_make_target_that_a_page_quotes_is_in_the_makefile(page: Path) -> None:
    quoted = {target for text in code(page) for target in _targets(text)}
    assert quoted <= _TARGETS, f"{page} quotes make targets that the Makefile does not have: {quoted - _TARGETS}"


def _targets(text: str) -> Iterator[str]:
    """The targets of each `make ...` in the text: `make check test-unit` has two, `make up STACK=dev` one."""
    for line in text.splitlines():
        for command in re.split(r"[;&|(]+", line.partition("#")[0]):
            words = command.removeprefix("$ ").split()
            if words[:1] == ["make"]:
                yield from itertools.takewhile(re.compile(r"[a-z][a-z0-9-]*$").match, words[1:])
