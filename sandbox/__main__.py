"""The sandbox's own commands: python -m sandbox COMMAND."""

import os
import shlex
import subprocess
import sys
import time

import click

from sandbox.cloud import client
from sandbox.cloud.catalogue import images, wanted
from sandbox.cloud.storage import lacks, offer
from sandbox.home import FOREIGN, PROJECT, Home
from sandbox.hosts.base.build import BuildError, base_folder, base_image
from sandbox.hosts.command import HostError
from sandbox.hosts.leftovers import remove_hosts
from sandbox.hosts.preflight import missing_packages, problems
from sandbox.hosts.ranges import stack_ranges
from sandbox.images.build import build_layers, missing

RANGES = click.option(
    "--range", "ranges", metavar="KEY=CIDR", multiple=True, help="Instead of what Pulumi.sandbox.yaml has."
)


@click.group()
def cli() -> None:
    """Real Linux hosts behind a stand-in for the AWS API, on this machine."""


@cli.command()
@RANGES
def start(ranges: tuple[str, ...]) -> None:
    """Start the sandbox; nothing to do where it runs."""
    home, began = Home(), time.monotonic()
    home.prepare()
    if client.alive(home):
        if (wanted() and missing(home)) or (home.registry.is_dir() and lacks(home.registry, images(home))):
            _as_root(home, "image")
        click.echo(f"sandbox {home.id} runs already on {home.endpoint()}")
        return
    _check(home, ranges)
    _as_root(home, "_start")
    click.echo(f"sandbox {home.id} runs on {home.endpoint()} ({time.monotonic() - began:.1f} s)")


@cli.command(name="_start", hidden=True)
def start_as_root() -> None:
    home = Home()
    _image(home)
    client.spawn(home)


@cli.command()
def image() -> None:
    """Build the hosts' base image and the registry's images; nothing to do where they are there.

    A sandbox that runs offers what is new at once.
    """
    home = Home()
    if os.getuid() != 0:
        _as_root(home, "image")
        return
    _image(home)
    if home.registry.is_dir():
        for name in offer(home.registry, images(home)):
            click.echo(f"the registry has {name}")
    click.echo(f"the hosts' base image and those of the registry are in {home.cache}")


@cli.command()
def stop() -> None:
    """Stop the sandbox: its hosts and what the EC2 API knew of them are gone."""
    home = Home()
    if not client.alive(home):
        click.echo(f"sandbox {home.id} does not run")
        return
    client.stop(home)
    click.echo(f"sandbox {home.id} is stopped")


@cli.command()
def clean() -> None:
    """Remove everything the sandbox has on this machine, whatever state it is in; the base image stays."""
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
def status() -> None:
    """Whether the sandbox runs (exit status 0) and its hosts."""
    home = Home()
    if not client.alive(home):
        died = ": its daemon died, and the EC2 API's memory with it" if home.cloud_json.exists() else ""
        raise click.ClickException(f"sandbox {home.id} does not run{died} (python -m sandbox start)")
    click.echo(f"sandbox {home.id} runs on {home.endpoint()} (pid {(home.cloud() or {}).get('pid', '?')})")
    _list(home)


@cli.command()
def hosts() -> None:
    """List the hosts: name, instance, address, power, console log."""
    _list(Home())


@cli.command()
@click.argument("name")
def kill(name: str) -> None:
    """Cut the power of one host; the EC2 API goes on to call it running."""
    client.call(Home(), "POST", f"kill/{name}")


@cli.command()
@click.argument("name")
def reboot(name: str) -> None:
    """Restart one host; one whose power was cut boots."""
    client.call(Home(), "POST", f"reboot/{name}")


@cli.command()
def env() -> None:
    """Print what points the Pulumi CLI at this sandbox: eval "$(python -m sandbox env)"."""
    click.echo(f"unset {' '.join(FOREIGN)}")
    for name, value in Home().environ().items():
        click.echo(f"export {name}={shlex.quote(value)}")


@cli.command()
@RANGES
def preflight(ranges: tuple[str, ...]) -> None:
    """Say whether this machine can run hosts, and why not."""
    _check(Home(), ranges)
    click.echo("this machine can run the sandbox's hosts")


@cli.command()
@click.argument("more", nargs=-1)
def packages(more: tuple[str, ...]) -> None:
    """Print the Debian packages that the sandbox needs, or MORE names, and this machine lacks."""
    for name in missing_packages(more):
        click.echo(name)


def _check(home: Home, ranges: tuple[str, ...]) -> None:
    given = {key: cidr for key, _, cidr in (pair.partition("=") for pair in ranges)}
    found = problems(home, given or stack_ranges(PROJECT / "Pulumi.sandbox.yaml"))
    if found:
        raise click.ClickException("\n".join(found))


def _as_root(home: Home, command: str) -> None:
    if subprocess.run(client.as_root(home, command), cwd=PROJECT, check=False).returncode:
        sys.exit(1)  # it has said why


def _image(home: Home) -> None:
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"  {time.monotonic() - began:5.1f} s  {line}")

    absent = [] if base_folder(home).is_dir() else ["hosts' base"]
    absent += [recipe.name for recipe in missing(home)] if wanted() else []
    if absent and not wanted():
        click.echo("building the hosts' base image (once, about a minute)")
        base_image(home, say)
        click.echo(f"built the base image in {time.monotonic() - began:.0f} s: {base_folder(home)}")
    elif absent:
        click.echo(f"building the images that are not there yet (once; minutes for consul): {', '.join(absent)}")
        build_layers(home, lambda: base_image(home, say), say)
        click.echo(f"built the images in {time.monotonic() - began:.0f} s: {home.cache}")


def _list(home: Home) -> None:
    for row in client.call(home, "GET", "hosts"):
        power = "on" if row["on"] else "off"
        click.echo(f"{row['name']:<20} {row['instance']}  {row['address']:<15} {power:<3}  {row['log']}")


def main() -> None:
    """Every expected failure is a line and exit status 1."""
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # ip, for whom it is not on PATH
    try:
        cli()
    except (client.CloudError, HostError, BuildError) as problem:
        click.echo(f"Error: {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
