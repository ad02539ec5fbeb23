"""The commands for a running sandbox: its hosts, their power, the IAM actions in use, a certificate, quotas, pace."""

import click

from sandbox.cloud import client
from sandbox.home import Home


@click.command()
def status() -> None:
    """Report whether the sandbox runs (exit status 0 if so), and list its hosts."""
    home = Home()
    if not client.alive(home):
        died = ": its daemon died, and the state of the EC2 API with it" if home.cloud_json.exists() else ""
        raise click.ClickException(f"sandbox {home.id} does not run{died} (python -m sandbox start)")
    click.echo(f"sandbox {home.id} runs on {home.endpoint()} (pid {(home.cloud() or {}).get('pid', '?')})")
    _list(home)


@click.command()
def hosts() -> None:
    """List the hosts: name, instance, address, power, console log."""
    _list(Home())


@click.command()
@click.argument("name")
def kill(name: str) -> None:
    """Cut the power of one host; the EC2 API keeps reporting it as running."""
    client.call(Home(), "POST", f"kill/{name}")


@click.command()
@click.argument("name")
def reboot(name: str) -> None:
    """Restart one host; one whose power was cut boots."""
    client.call(Home(), "POST", f"reboot/{name}")


@click.command()
def actions() -> None:
    """Print the IAM actions that the sandbox has needed since it started; docs/iam-policy.json allows them."""
    for action in client.call(Home(), "GET", "actions"):
        click.echo(action)


@click.command()
@click.argument("settings", nargs=-1, metavar="[NAME=VALUE]...")
def limit(settings: tuple[str, ...]) -> None:
    """Set the account's quotas, such as vcpus=4; `vcpus=` is AWS' default again. Prints them all."""
    _set("limit", settings)


@click.command()
@click.argument("settings", nargs=-1, metavar="[NAME=VALUE]...")
def slow(settings: tuple[str, ...]) -> None:
    """Slow down the API and the hosts that boot from now on, such as boot=60-240 sshd=30 burst=5 rate=2.

    boot: seconds before a host gets power; sshd: seconds more before it accepts logins. burst: how many requests of
    one action at once the API answers, and rate: how many more each second; it throttles the others. outage: 1 makes
    it fail every request. Prints them all.
    """
    _set("slow", settings)


@click.command()
@click.argument("domain", default="example.com")
def certificate(domain: str) -> None:
    """Make a certificate for DOMAIN and all names directly below it, and print its ARN, for the key certificateArn.

    It is self-signed: a client that trusts .sandbox/certificate.pem accepts it.
    """
    home = Home()
    made = client.call(home, "POST", f"certificate/{domain}")
    home.certificate.write_text(made["pem"])
    click.echo(made["arn"])


def _set(which: str, settings: tuple[str, ...]) -> None:
    rows: dict[str, str] = {}
    for setting in settings or ("",):
        rows = client.call(Home(), "POST", f"{which}/{setting}")
    for name, value in rows.items():
        click.echo(f"{name}={value}")


def _list(home: Home) -> None:
    for row in client.call(home, "GET", "hosts"):
        power = "on" if row["on"] else "off"
        click.echo(f"{row['name']:<20} {row['instance']}  {row['address']:<15} {power:<3}  {row['log']}")
