"""The project's Markdown files, parsed: their links, headings and code."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROJECT = Path(__file__).parents[3]


@cache
def project_files(pattern: str = ".") -> tuple[Path, ...]:
    """The files that git keeps or would keep, as paths relative to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return tuple(Path(line) for line in listed if (PROJECT / line).exists())


def pages() -> tuple[Path, ...]:
    """Every Markdown file of the project."""
    return project_files("*.md")


@cache
def _tokens(page: Path) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse((PROJECT / page).read_text()))


def _inline(page: Path) -> Iterator[Token]:
    for token in _tokens(page):
        yield from token.children or ()


def links(page: Path) -> Iterator[str]:
    """The targets of the page's links and pictures, HTML's `src` and `srcset` among them."""
    for token in _inline(page):
        yield from (str(token.attrs[key]) for key in ("href", "src") if key in token.attrs)
    for token in (*_tokens(page), *_inline(page)):
        if token.type.startswith("html"):
            yield from re.findall(r'(?:src|srcset|href)="([^"]+)"', token.content)


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may name, as the repository's host makes it of the heading's text."""
    found = _tokens(page)
    headings = [found[i + 1] for i, token in enumerate(found) if token.type == "heading_open"]
    texts = ["".join(child.content for child in heading.children or ()) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def code(page: Path) -> Iterator[str]:
    """The text of the page's code spans and code blocks."""
    for token in (*_tokens(page), *_inline(page)):
        if token.type in ("fence", "code_block", "code_inline"):
            yield token.content


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells, as written, of the rows of the tables below a heading; their head rows left out."""
    found = list(_tokens(page))
    starts = [i for i, token in enumerate(found) if token.type == "heading_open"]
    (start,) = [i for i in starts if found[i + 1].content == heading]
    end = next((i for i in starts if i > start), len(found))
    cells: list[list[str]] = []
    for before, token in zip(found[start:end], found[start + 1 : end], strict=False):
        if token.type == "tr_open":
            cells.append([])
        elif before.type == "td_open":
            cells[-1].append(token.content)
    return [row for row in cells if row]
