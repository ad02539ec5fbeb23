"""The base image's recipe and where its packages come from."""

import shutil
from pathlib import Path

import pytest

from infra.config.operating_systems import OPERATING_SYSTEMS
from sandbox.ami import AMI_OF, system_of
from sandbox.home import STACK_CONFIG, Home
from sandbox.hosts.base import build
from sandbox.hosts.base.build import RECIPE, base_folder, base_image
from sandbox.hosts.base.command import BuildError
from sandbox.hosts.base.folder import fingerprint
from sandbox.hosts.base.sources import deb_lines
from sandbox.hosts.base.systems import SYSTEMS, of_stack
from sandbox.hosts.disk import Disk
from sandbox.hosts.programs import HostError
from sandbox.providers.aws.image_parameter import image_parameter

MAIN = "Debian|bookworm|http://mirror.example/debian/|main"
SECURITY = "Debian|bookworm-security|http://mirror.example/security/|main"


ELSEWHERE = "Docker|bookworm|http://docker.example/|main"
NEXT = [row.replace("bookworm", "trixie") for row in (MAIN, SECURITY)]
BOTH = ["deb http://mirror.example/debian/ {0} main", "deb http://mirror.example/security/ {0}-security main"]


@pytest.mark.parametrize(
    ("targets", "suite", "lines"),
    [
        ([MAIN, SECURITY], "bookworm", BOTH),
        ([MAIN, ELSEWHERE, MAIN], "bookworm", BOTH[:1]),
        ([SECURITY], "bookworm", []),
        ([], "bookworm", []),
        ([MAIN, SECURITY], "trixie", BOTH),
        (NEXT, "trixie", BOTH),
        (NEXT, "bookworm", BOTH),
        ([MAIN.replace("example", "old"), *NEXT], "trixie", BOTH),
    ],
)
def test_only_debians_own_sources_are_taken_for_the_suite_that_is_built(
    targets: list[str], suite: str, lines: list[str]
) -> None:
    assert deb_lines("\n".join(targets), suite) == [line.format(suite) for line in lines]


def test_each_system_has_an_ami_that_its_vendors_parameter_names_and_boots_from_its_own_base() -> None:
    assert set(SYSTEMS) == set(AMI_OF)
    assert {system: system_of(ami) for system, ami in AMI_OF.items()} == {system: system for system in SYSTEMS}
    parameters = {str(OPERATING_SYSTEMS[system].image_parameter): AMI_OF[system] for system in SYSTEMS}
    assert {name: image_parameter(name)["value"] for name in parameters} == parameters
    assert len({base_folder(Home(), system) for system in SYSTEMS.values()}) == len(
        {(system.suite, system.packages) for system in SYSTEMS.values()}
    )


@pytest.mark.parametrize(
    ("config", "suite"),
    [
        ("{}", "bookworm"),
        ("{apollo:os: debian-12}", "bookworm"),
        ("{apollo:os: debian-13}", "trixie"),
        ("{apollo:os: ubuntu-24.04}", "bookworm"),
        ("{apollo:os: beos}", "bookworm"),
    ],
)
def test_the_base_is_that_of_the_stacks_os(config: str, suite: str, tmp_path: Path) -> None:
    (tmp_path / STACK_CONFIG).write_text(f"config: {config}\n")
    assert of_stack(Home(tmp_path)).suite == suite


def test_a_host_whose_base_is_not_built_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "one")
    disk.make()
    with pytest.raises(HostError, match=r"no base image .*python -m sandbox image"):
        disk.mount([tmp_path, tmp_path / "base"])


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
    monkeypatch.setattr(build, "machine_sources", lambda _: [])
    with pytest.raises(BuildError, match=r"no mirror answers(.|\n)*add a mirror of Debian trixie"):
        base_image(Home(), SYSTEMS["debian-13"], lambda _: None)
    assert [path.name for path in (tmp_path / "cache/apollo").iterdir()] == ["base.lock"]
