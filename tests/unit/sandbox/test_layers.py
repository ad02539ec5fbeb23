"""Recipes of layers, what is built of them and when, and the catalogue on top."""

import shutil
import threading
from pathlib import Path

import pytest
import yaml

from infra.services import registry
from sandbox.home import DEFAULTS, Home
from sandbox.hosts.base.command import BuildError
from sandbox.images import layers
from sandbox.images.catalogue import MESOS, STANDINS, images, recipes_of
from sandbox.images.golang import Program
from sandbox.images.oci import Layer
from sandbox.images.recipe import RECIPES, Recipe, recipes
from sandbox.standins import PROGRAMS
from tests.unit.shell import shellcheck


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Home()


class Fakes:
    """Stand in for what takes minutes and a network; `made` lists what was built, `fails` what cannot be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.fails = ""
        monkeypatch.setattr("sandbox.images.golang.Workshop.install", lambda _: None)
        monkeypatch.setattr("sandbox.images.golang.Workshop.fetch", lambda _, program: len(program.name))
        monkeypatch.setattr("sandbox.images.golang.Workshop.compile", self._compile)
        monkeypatch.setattr("sandbox.images.debian.download", lambda *_: Path())
        monkeypatch.setattr("sandbox.images.debian.unpack", self._unpack)

    def _unpack(self, recipe: Recipe, _debs: Path, root: Path) -> None:
        self._make(recipe.name, root / "half")

    def _compile(self, program: Program, output: Path, packages: int) -> None:
        assert packages == len(program.name)
        self._make(program.name, output)

    def _make(self, name: str, file: Path) -> None:
        file.write_text("")
        if name == self.fails:
            raise BuildError(f"{name} could not be built")
        self.made.append(name)

    def build(self, home: Home) -> None:
        layers.build_layers(home, Path, print, recipes())


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    return Fakes(monkeypatch)


NAMES = [recipe.name for recipe in recipes()]


def test_every_layer_is_built_once(home: Home, fakes: Fakes) -> None:
    for _ in range(2):
        fakes.build(home)
        assert sorted(fakes.made) == NAMES
    assert sorted(layers.layers(home)) == NAMES


def test_two_who_build_at_once_build_each_layer_once(home: Home, fakes: Fakes) -> None:
    both = [threading.Thread(target=fakes.build, args=[home]) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(fakes.made) == NAMES


@pytest.mark.parametrize("name", ["consul", "haproxy"])
def test_one_that_fails_leaves_no_half_and_keeps_those_of_the_other_kind(home: Home, fakes: Fakes, name: str) -> None:
    fakes.fails = name
    with pytest.raises(BuildError, match=f"{name} could not be built"):
        fakes.build(home)
    kinds = {recipe.name: recipe.is_go for recipe in recipes()}
    assert {other for other in NAMES if kinds[other] != kinds[name]} <= set(fakes.made)
    assert not list((home.cache / "images").glob("half-*"))
    assert name in [recipe.name for recipe in layers.missing(home, NAMES)]
    assert name not in layers.layers(home)
    fakes.fails = ""
    fakes.build(home)
    assert sorted(fakes.made) == NAMES


def test_a_recipe_is_known_by_all_of_its_content(tmp_path: Path) -> None:
    seen = set()
    for change in ({}, {"packages.txt": "other"}, {"files/etc/x": "1"}, {"files/etc/y": "1"}):
        folder = tmp_path / "recipe"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(RECIPES / "haproxy", folder)
        for name, content in change.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        seen.add(Recipe(folder=folder).fingerprint)
    assert len(seen) == 4


@pytest.mark.parametrize("script", sorted(RECIPES.rglob("*.sh")), ids=lambda path: str(path.relative_to(RECIPES)))
def test_the_entrypoints_pass_shellcheck(script: Path, tmp_path: Path) -> None:
    shellcheck(script.read_text(), "sh", tmp_path)


def _asked_for() -> list[str]:
    """The image of each service in the sandbox's stack: its own, or the program's default."""
    defaults = {name: image for service in registry.OFFERED for name, image in service.images.items()}
    config = yaml.safe_load(DEFAULTS.read_text())["config"]
    return list((defaults | config["apollo:images"]).values())


@pytest.mark.usefixtures("fakes")
def test_an_image_is_offered_when_its_layers_are_built_and_needs_only_those(home: Home) -> None:
    assert [image.name for image in images(home)] == ["weave"]
    consul = "hashicorp/consul:1.22.7-built"
    assert recipes_of([f"{consul}@sha256:{'0' * 64}", "somebody/elses:1"]) == {"bottom", "consul"}
    layers.build_layers(home, Path, print, layers.missing(home, recipes_of([consul])))
    assert [f"{image.name}:{image.tag}" for image in images(home)] == ["weave:2.9.0", consul]


def test_the_catalogue_names_each_image_once_and_has_every_stand_in_and_all_that_the_stack_asks_for(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {name: Layer(file=Path(name), digest=f"sha256:{name}", size=1) for name in NAMES}
    monkeypatch.setattr("sandbox.images.catalogue.layers", lambda _: there)
    offered = images(home)
    names = [f"{image.name}:{image.tag}" for image in offered]
    assert len(set(names)) == len(names)
    lacking = set(_asked_for()) - set(names)
    assert not lacking, (
        f"the sandbox's registry does not offer {sorted(lacking)}: add each to sandbox/images/catalogue.py, "
        "or name one that it offers in apollo:images of sandbox/stack.yaml"
    )
    assert {*STANDINS, *MESOS} == set(PROGRAMS)
    assert {f"{name}:standin" for name, _ in STANDINS.values()} <= set(names)
    (mesos,) = [image for image in offered if image.name == "mesosphere/mesos"]
    assert (list(mesos.entrypoint), set(mesos.files)) == ([], set(MESOS.values()))
    assert all(image.layers[0].digest == "sha256:bottom" for image in offered if image.layers)
