"""Build the layers that are not in the cache yet: Go programs beside Debian packages, each layer once."""

import fcntl
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sandbox.home import Home
from sandbox.hosts.base.command import Say
from sandbox.hosts.base.folder import copy_files
from sandbox.images import debian
from sandbox.images.golang import Program, Workshop, workshop
from sandbox.images.oci import Layer, folder_layer
from sandbox.images.recipe import Recipe, recipes


def layer_folder(home: Home, recipe: Recipe) -> Path:
    """The folder of a recipe's layer, built or not: layer.tar, and layer.json with its digest and size."""
    return home.cache / "images" / f"{recipe.name}-{recipe.fingerprint}"


def missing(home: Home, wanted: Collection[str]) -> list[Recipe]:
    """Those of the `wanted` recipes, by name, that have no layer in the cache."""
    return [recipe for recipe in recipes() if recipe.name in wanted and not layer_folder(home, recipe).is_dir()]


def layers(home: Home) -> Mapping[str, Layer]:
    """Name of the recipe -> its layer, for those in the cache."""
    found = {}
    for recipe in recipes():
        folder = layer_folder(home, recipe)
        if folder.is_dir():
            made = json.loads((folder / "layer.json").read_text())
            found[recipe.name] = Layer(file=folder / "layer.tar", digest=made["digest"], size=made["size"])
    return found


def build_layers(
    home: Home,
    base: Callable[[], Path],
    say: Say,
    wanted: Sequence[Recipe],
    programs: Mapping[Program, Path] | None = None,
) -> None:
    """Have the layers of the `wanted` recipes in the cache; a second caller waits for the first.

    `base` returns the hosts' base image. `programs` are Go programs to build besides, each with its executable. All
    Go programs are built while the base image is made and the Debian packages are fetched. If one fails, what has
    nothing to do with it is finished and kept; then BuildError is raised.
    """
    folder = home.cache / "images"
    home.make_cache()
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock, ThreadPoolExecutor(2) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for stale in folder.glob("half-*"):
            shutil.rmtree(stale)
        absent = [recipe for recipe in wanted if not layer_folder(home, recipe).is_dir()]
        go = [recipe for recipe in absent if recipe.is_go]
        packaged = [recipe for recipe in absent if recipe.packages]
        running = [
            pool.submit(_build_go, home, go, programs or {}, say),
            pool.submit(_build_debian, home, packaged, base, say),
        ]
        failed = [problem for one in running if (problem := one.exception())]
    for problem in failed:
        raise problem


def _build_go(home: Home, recipes: Sequence[Recipe], programs: Mapping[Program, Path], say: Say) -> None:
    """The smallest first, so that the modules of the next one are fetched while it is compiled."""
    of_layers = {Program(name=recipe.name, recipe=recipe.folder): recipe for recipe in recipes}
    if not of_layers and not programs:
        return
    ordered = sorted([*of_layers, *programs], key=lambda one: (one.recipe / "go.sum").stat().st_size)
    with workshop(home, say) as go, ThreadPoolExecutor(1) as fetching:
        fetched = [fetching.submit(go.fetch, program) for program in ordered]
        for program, packages in zip(ordered, fetched, strict=True):
            if recipe := of_layers.get(program):
                _layer(home, recipe, partial(_compile, go, program, packages.result()), say)
            else:
                go.compile(program, programs[program], packages.result())


def _compile(go: Workshop, program: Program, packages: int, root: Path) -> None:
    go.compile(program, root / "usr/bin" / program.name, packages)


def _build_debian(home: Home, wanted: Sequence[Recipe], base: Callable[[], Path], say: Say) -> None:
    root_of_hosts = base()
    if not wanted:
        return
    with _half(home) as half:
        say(f"fetching the Debian packages of {', '.join(recipe.name for recipe in wanted)}")
        debs = debian.download(wanted, root_of_hosts, half)
        for recipe in wanted:
            _layer(home, recipe, partial(debian.unpack, recipe, debs), say)


def _layer(home: Home, recipe: Recipe, fill: Callable[[Path], None], say: Say) -> None:
    """Make a layer of the root folder that `fill` fills. Its folder gets its name when the layer is complete."""
    began = time.monotonic()
    with _half(home) as half:
        root, done = half / "root", half / "done"
        (root / "usr/bin").mkdir(parents=True)
        done.mkdir()
        fill(root)
        copy_files(recipe.folder / "files", root)
        made = folder_layer(root, done / "layer.tar")
        (done / "layer.json").write_text(json.dumps({"digest": made.digest, "size": made.size}))
        done.rename(layer_folder(home, recipe))
    say(f"{recipe.name}: {made.size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s")


@contextmanager
def _half(home: Home) -> Iterator[Path]:
    half = Path(tempfile.mkdtemp(prefix="half-", dir=home.cache / "images"))
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)
