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
from sandbox.host_commands import actions, hosts, kill, limit, reboot, slow, status
from sandbox.hosts.base.command import BuildError
from sandbox.hosts.base.systems import of_stack
from sandbox.hosts.cleanup import remove_hosts
from sandbox.hosts.preflight import missing_packages, problems
from sandbox.hosts.programs import HostError
from sandbox.hosts.ranges import stack_ranges
from sandbox.images.build_images import build_images, complete
from sandbox.images.catalogue import images
from sandbox.images.engine import BUILD_PACKAGES, lacking
from sandbox.images.registry_storage import lacks, offer

RANGES = click.option(
    "--range", "ranges", metavar="KEY=CIDR", multiple=True, help="Instead of what Pulumi.sandbox.yaml has."
)


@click.group()
def cli() -> None:
    """Real Linux hosts behind a stand-in for the AWS API, on this machine."""


@cli.command()
@RANGES
@click.option("--with-cli", is_flag=True, help="Have a Pulumi CLI too, built beside the images.")
def start(ranges: tuple[str, ...], with_cli: bool) -> None:
    """Start the sandbox, unless it runs."""
    home, began = Home(), time.monotonic()
    home.prepare()
    if client.alive(home):
        if not complete(home) or (home.registry.is_dir() and lacks(home.registry, images(home))):
            _as_root(home, "image")
        click.echo(f"sandbox {home.id} runs already on {home.endpoint()}")
        return
    _check(home, ranges)
    to_build = with_cli and not find_or_install(home, sandbox=True, say=click.echo)
    _as_root(home, "_start", *(["--with-cli"] if to_build else []))
    click.echo(f"sandbox {home.id} runs on {home.endpoint()} ({time.monotonic() - began:.1f} s)")


@cli.command(name="_start", hidden=True)
@click.option("--with-cli", is_flag=True)
def start_as_root(with_cli: bool) -> None:
    home = Home()
    build_images(home, {PROGRAM: built(home) / "bin/pulumi"} if with_cli else {})
    client.spawn(home)


@cli.command()
def image() -> None:
    """Build the hosts' base image and the registry's images, unless they are in the cache.

    A running sandbox has the new images at once.
    """
    home = Home()
    if os.getuid() != 0:
        _as_root(home, "image")
        return
    build_images(home)
    if home.registry.is_dir():
        for name in offer(home.registry, images(home)):
            click.echo(f"the registry has {name}")
    click.echo(f"the hosts' base image and those of the registry are in {home.cache}")


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


for command in (status, hosts, kill, reboot, actions, limit, slow):
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
