"""Build what a sandbox is made from: the hosts' base image and the images of its registry."""

import time
from collections.abc import Collection, Mapping
from pathlib import Path

import click

from sandbox.home import Home
from sandbox.hosts.base.build import base_folder, base_image
from sandbox.hosts.base.systems import of_stack
from sandbox.images import engine
from sandbox.images.golang import Program
from sandbox.images.layers import build_layers, missing


def complete(home: Home, wanted: Collection[str]) -> bool:
    """Whether the base image of the stack's hosts and the layers of the `wanted` recipes are in the cache."""
    system = of_stack(home)
    built = base_folder(home, system).is_dir() and not engine.lacking(home, system)
    return built and not missing(home, wanted)


def build_images(home: Home, wanted: Collection[str], programs: Mapping[Program, Path] | None = None) -> None:
    """Build what is missing of the `wanted` recipes, by name, and of `programs` (Go program -> its executable).

    Prints what takes time. Raises BuildError.
    """
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"  {time.monotonic() - began:5.1f} s  {line}")

    layers = missing(home, wanted)
    system = of_stack(home)
    absent = {program: file for program, file in (programs or {}).items() if not file.exists()}
    if of_engine := engine.lacking(home, system):
        engine.prepare(home)
        absent |= of_engine
    names = [] if base_folder(home, system).is_dir() else [f"the hosts' base image ({system.suite})"]
    names += [recipe.name for recipe in layers] + [program.name for program in absent]
    if names:
        click.echo(f"building what is not in {home.cache} yet (once, for minutes): {', '.join(names)}")
        build_layers(home, lambda: base_image(home, system, say), say, layers, absent)
        click.echo(f"built all of it in {time.monotonic() - began:.0f} s")
