"""The base image's recipe and where its packages come from."""

import shutil
from pathlib import Path

import pytest

from sandbox.home import Home
from sandbox.hosts.base import build
from sandbox.hosts.base.build import RECIPE, base_image
from sandbox.hosts.base.command import BuildError
from sandbox.hosts.base.folder import fingerprint
from sandbox.hosts.base.sources import deb_lines

MAIN = "Debian|bookworm|http://mirror.example/debian/|main"
SECURITY = "Debian|bookworm-security|http://mirror.example/security/|main"


@pytest.mark.parametrize(
    ("targets", "lines"),
    [
        (
            [MAIN, SECURITY],
            [
                "deb http://mirror.example/debian/ bookworm main",
                "deb http://mirror.example/security/ bookworm-security main",
            ],
        ),
        ([MAIN, "Docker|bookworm|http://docker.example/|main"], ["deb http://mirror.example/debian/ bookworm main"]),
        ([SECURITY], []),
        ([MAIN.replace("bookworm", "trixie")], []),
        ([], []),
    ],
)
def test_only_debians_own_sources_of_the_suite_are_taken(targets: list[str], lines: list[str]) -> None:
    assert deb_lines("\n".join(targets)) == lines


def test_the_recipes_hash_changes_with_its_files_and_not_with_its_code(tmp_path: Path) -> None:
    recipe = tmp_path / "base"
    shutil.copytree(RECIPE, recipe)
    before = fingerprint(recipe)
    (recipe / "build.py").write_text("# code\n")
    assert fingerprint(recipe) == before
    (recipe / "packages.txt").write_text("dbus\n")
    changed = fingerprint(recipe)
    assert changed != before
    (recipe / "files/etc/new").write_text("x")
    assert fingerprint(recipe) != changed


def test_a_build_that_fails_leaves_no_base_and_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "mmdebstrap").write_text('#!/bin/sh\nfor last; do :; done\necho "E: no mirror answers"\nexit 1\n')
    (bin_dir / "mmdebstrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_dir), prepend=":")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "machine_sources", lambda: [])
    with pytest.raises(BuildError, match=r"no mirror answers(.|\n)*add a mirror of Debian bookworm"):
        base_image(Home(), lambda _: None)
    assert [path.name for path in (tmp_path / "cache/apollo").iterdir()] == ["base.lock"]
