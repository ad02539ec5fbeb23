"""Which program a go.mod is for, how a build reports, and what is left of it."""

from pathlib import Path

import pytest

from sandbox.home import Home
from sandbox.images.golang import Program, workshop
from sandbox.images.recipe import Recipe, recipes
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


@pytest.mark.parametrize("recipe", [one for one in recipes() if one.is_go], ids=lambda one: one.name)
def test_the_sums_of_a_recipe_include_the_module_of_its_program(recipe: Recipe) -> None:
    package = Program(name=recipe.name, recipe=recipe.folder).package
    assert any(package.startswith(line.split()[0]) for line in (recipe.folder / "go.sum").read_text().splitlines())


def test_the_caches_of_a_build_are_removed_although_nobody_waits(home: Home) -> None:
    (home.cache / "go-killed/modules").mkdir(parents=True)
    with workshop(home, print) as go:
        (go.folder / "modules").mkdir()
    until(lambda: not list(home.cache.glob("go-*")), "the caches are still there")
