"""What a sandbox is made from, built where it is not there yet: the hosts' base image and those of its registry."""

import time

import click

from sandbox.home import Home
from sandbox.hosts.base.build import base_folder, base_image
from sandbox.images.catalogue import wanted
from sandbox.images.layers import build_layers, missing


def build_images(home: Home) -> None:
    """Says what takes its time. Raises BuildError."""
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"  {time.monotonic() - began:5.1f} s  {line}")

    absent = [] if base_folder(home).is_dir() else ["hosts' base"]
    absent += [recipe.name for recipe in missing(home)] if wanted(home) else []
    if absent and not wanted(home):
        click.echo("building the hosts' base image (once, about a minute)")
        base_image(home, say)
        click.echo(f"built the base image in {time.monotonic() - began:.0f} s: {base_folder(home)}")
    elif absent:
        click.echo(f"building the images that are not there yet (once; minutes for consul): {', '.join(absent)}")
        build_layers(home, lambda: base_image(home, say), say)
        click.echo(f"built the images in {time.monotonic() - began:.0f} s: {home.cache}")
