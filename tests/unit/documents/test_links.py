"""Links within the project lead somewhere."""

from pathlib import Path

import pytest

from tests.unit.documents.markdown import PROJECT, anchors, links, pages


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_relative_link_names_a_file_or_a_heading_that_exists(page: Path) -> None:
    broken = [target for target in links(page) if not _leads_somewhere(page, target)]
    assert not broken, f"{page} links to what does not exist: {', '.join(broken)}"


def _leads_somewhere(page: Path, target: str) -> bool:
    if "://" in target or target.startswith("mailto:"):
        return True
    name, _, anchor = target.partition("#")
    there = (PROJECT / page.parent / name).resolve() if name else PROJECT / page
    if not there.is_relative_to(PROJECT) or not there.exists():
        return False
    return not anchor or there.suffix != ".md" or anchor in anchors(there.relative_to(PROJECT))
