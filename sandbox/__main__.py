"""The sandbox's own commands: python -m sandbox COMMAND."""

import os
import subprocess
import sys
import time

import click

from sandbox.cli.build import PROGRAM
from sandbox.cli.find import built, find_or_install
from sandbox.cloud import client
from sandbox.home import PROJECT, Home
from sandbox.host_commands import actions, certificate, hosts, kill, limit, reboot, slow, status
from sandbox.hosts.base.command import BuildError
from sandbox.hosts.base.systems import of_stack
from sandbox.hosts.cleanup import remove_hosts
from sandbox.hosts.preflight import missing_packages, problems
from sandbox.hosts.programs import HostError
from sandbox.hosts.ranges import stack_ranges
from sandbox.images.build_images import build_images, complete
from sandbox.images.catalogue import names, recipes_of
from sandbox.images.choice import MODES, choose
from sandbox.images.engine import BUILD_PACKAGES, lacking
from sandbox.images.offered import fill, is_complete
from sandbox.images.stack import needed

RANGES = click.option(
    "--range", "ranges", metavar="KEY=CIDR", multiple=True, help="Instead of what Pulumi.sandbox.yaml has."
)


@click.group()
def cli() -> None:
    """Real Linux hosts behind a stand-in for the AWS API, on this machine."""


EVERY = click.option("--every", is_flag=True, help="Every image that is built here, not only those of the stack.")


@cli.command()
@RANGES
@click.option("--with-cli", is_flag=True, help="Have a Pulumi CLI too, built beside the images.")
@click.option("--images", "mode", type=click.Choice(MODES), default="auto", help="Published images, or built here.")
@click.option("--images-from", "mirror", default="", help="A registry that has the published images, as host:port.")
def start(ranges: tuple[str, ...], with_cli: bool, mode: str, mirror: str) -> None:
    """Start the sandbox, unless it runs. With --range it has all images that are built here."""
    home, began = Home(), time.monotonic()
    home.prepare()
    runs = client.alive(home)
    if not runs:
        _check(home, ranges)
    if not ranges:
        choose(home, mode, mirror, click.echo)
    every = ["--every"] if ranges else []
    if runs:
        if not (complete(home, _recipes(home, bool(ranges))) and is_complete(home)):
            _as_root(home, "image", *every)
        click.echo(f"sandbox {home.id} runs already on {home.endpoint()}")
        return
    to_build = with_cli and not find_or_install(home, sandbox=True, say=click.echo)
    _as_root(home, "_start", *every, *(["--with-cli"] if to_build else []))
    click.echo(f"sandbox {home.id} runs on {home.endpoint()} ({time.monotonic() - began:.1f} s)")


@cli.command(name="_start", hidden=True)
@EVERY
@click.option("--with-cli", is_flag=True)
def start_as_root(every: bool, with_cli: bool) -> None:
    home = Home()
    build_images(home, _recipes(home, every), {PROGRAM: built(home) / "bin/pulumi"} if with_cli else {})
    client.spawn(home)


@cli.command()
@EVERY
def image(every: bool) -> None:
    """Build the hosts' base image and the images of the stack, unless they are in the cache.

    A running sandbox has the new images at once.
    """
    home = Home()
    if os.getuid() != 0:
        _as_root(home, "image", *(["--every"] if every else []))
        return
    build_images(home, _recipes(home, every))
    if home.registry.is_dir():
        for name in fill(home):
            click.echo(f"the registry has {name}")
        click.echo(f"all that it has, with digests: {home.images}")
    click.echo(f"the hosts' base image and those of the registry are in {home.cache}")


def _recipes(home: Home, every: bool) -> set[str]:
    return recipes_of(names()) if every else needed(home)


@cli.command()
def stop() -> None:
    """Stop the sandbox: remove its hosts and the state of the EC2 API."""
    home = Home()
    if not client.alive(home):
        click.echo(f"sandbox {home.id} does not run")
        return
    client.stop(home)
    click.echo(f"sandbox {home.id} is stopped")


@cli.command()
def clean() -> None:
    """Remove everything that the sandbox has on this machine, in any state; the images in the cache stay."""
    home = Home()
    if not home.dir.is_dir():
        click.echo("no sandbox here: nothing to clean")
        return
    _as_root(home, "_clean")
    click.echo(f"sandbox {home.id} is gone")


@cli.command(name="_clean", hidden=True)
def clean_as_root() -> None:
    home = Home()
    client.end(home)
    remove_hosts(home)
    client.forget(home)


@cli.command()
@RANGES
def preflight(ranges: tuple[str, ...]) -> None:
    """Report whether this machine can run hosts, and why not."""
    _check(Home(), ranges)
    click.echo("this machine can run the sandbox's hosts")


@cli.command()
@click.argument("more", nargs=-1)
def packages(more: tuple[str, ...]) -> None:
    """Print the Debian packages that the sandbox needs, or MORE names, and this machine lacks."""
    home = Home()
    for name in missing_packages([*more, *(BUILD_PACKAGES if lacking(home, of_stack(home)) else ())]):
        click.echo(name)


def _check(home: Home, ranges: tuple[str, ...]) -> None:
    given = {key: cidr for key, _, cidr in (pair.partition("=") for pair in ranges)}
    found = problems(home, given or stack_ranges(home.stack_config))
    if found:
        raise click.ClickException("\n".join(found))


def _as_root(home: Home, *command: str) -> None:
    if subprocess.run(client.as_root(home, *command), cwd=PROJECT, check=False).returncode:
        sys.exit(1)  # it has printed why


for command in (status, hosts, kill, reboot, actions, certificate, limit, slow):
    cli.add_command(command)


def main() -> None:
    """Every expected failure is a line and exit status 1."""
    os.environ["PATH"] = (
        f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # ip is there, and not on every user's PATH
    )
    try:
        cli()
    except (client.CloudError, HostError, BuildError) as problem:
        click.echo(f"Error: {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
