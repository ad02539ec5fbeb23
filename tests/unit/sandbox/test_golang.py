"""Which program a go.mod is for, how a build reports, and what is left of it."""

import re
from pathlib import Path

import pytest

from sandbox.home import Home
from sandbox.hosts.base.systems import SYSTEMS
from sandbox.images import engine
from sandbox.images.golang import Program, workshop
from sandbox.images.recipe import recipes
from tests.unit.waiting import until

REQUIRE = "module image\n\ngo 1.26\n\nrequire example.org/tools/v2 v2.1.0\n\nrequire example.org/nails v1.0.0\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with an empty cache, in whose workshops there is no Go."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "not" / "made"))
    monkeypatch.setattr("sandbox.images.golang.Workshop.install", lambda _: None)
    return Home()


@pytest.mark.parametrize(
    ("path", "package"), [("", "example.org/tools/v2"), ("cmd/hammer", "example.org/tools/v2/cmd/hammer")]
)
def test_a_program_is_in_the_first_module_that_its_go_mod_requires(tmp_path: Path, path: str, package: str) -> None:
    (tmp_path / "go.mod").write_text(REQUIRE)
    assert Program(name="hammer", recipe=tmp_path, path=path).package == package


PROGRAMS = [*(Program(name=one.name, recipe=one.folder) for one in recipes() if one.is_go), *engine.LAYER.values()]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.name)
def test_the_sums_of_a_recipe_include_the_module_of_its_program(program: Program) -> None:
    sums = (program.recipe / "go.sum").read_text().splitlines()
    assert any(program.package.startswith(line.split()[0]) for line in sums)


@pytest.mark.parametrize(
    ("recipe", "version"),
    [("cli", engine.COMMAND), ("containerd", engine.CONTAINERD), ("runc", engine.RUNC), ("moby", "2.0.0-beta.5")],
)
def test_each_program_of_the_engine_reports_the_version_of_its_module(recipe: str, version: str) -> None:
    (required,) = re.findall(r"^require \S+ v(\S+)$", (engine.RECIPE / recipe / "go.mod").read_text(), re.MULTILINE)
    assert required.removesuffix("+incompatible") == version


@pytest.mark.parametrize("cgo", [False, True])
def test_a_program_is_built_with_its_own_flags_and_with_c_only_where_it_needs_that(
    home: Home, cgo: bool, tmp_path: Path
) -> None:
    (tmp_path / "go.mod").write_text(REQUIRE)
    program = Program(name="hammer", recipe=tmp_path, flags=("-tags=steel",), ldflags="-X main.size=3", cgo=cgo)
    with workshop(home, print) as go:
        tool = go.folder / "go/go/bin/go"
        tool.parent.mkdir(parents=True)
        tool.write_text(f'#!/bin/sh\necho "$CGO_ENABLED $*" >>{tmp_path}/calls\n: >{go.folder}/program\n')
        tool.chmod(0o755)
        go.build(program, tmp_path / "out/hammer")
    listed, built = (tmp_path / "calls").read_text().splitlines()
    assert listed == f"{int(cgo)} list -tags=steel -deps example.org/tools/v2"
    assert built.startswith(f"{int(cgo)} build -v -ldflags=-s -w -buildid= -X main.size=3 -tags=steel -o ")
    assert (tmp_path / "out/hammer").is_file()


@pytest.mark.parametrize(
    ("system", "layers"), [("debian-12", ["base"]), ("debian-13", ["base"]), ("ubuntu-24.04", ["engine", "base"])]
)
def test_only_hosts_of_ubuntu_lie_on_the_engine_that_is_built(home: Home, system: str, layers: list[str]) -> None:
    folders = engine.host_layers(home, SYSTEMS[system])
    assert [folder.name.split("-")[0] for folder in folders] == layers
    assert len(engine.lacking(home, SYSTEMS[system])) == (len(engine.LAYER) if "engine" in layers else 0)


def test_the_caches_of_a_build_are_removed_although_nobody_waits(home: Home) -> None:
    (home.cache / "go-killed/modules").mkdir(parents=True)
    with workshop(home, print) as go:
        (go.folder / "modules").mkdir()
    until(lambda: not list(home.cache.glob("go-*")), "the caches are still there")
