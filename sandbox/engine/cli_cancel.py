"""cancel."""

import click

from sandbox.engine.cli import Global, cli, common
from sandbox.engine.lock import break_locks


@cli.command()
@common
@click.argument("name", required=False)
@click.option("-y", "--yes", is_flag=True)
@click.pass_obj
def cancel(given: Global, name: str | None, yes: bool) -> None:
    """Remove the lock of an update that is not running any more."""
    given.stack = name or given.stack
    session = given.session()
    if not yes:
        click.confirm(
            f"This will irreversibly cancel the currently running update for '{session.stack}'!", abort=True
        )
    for holder in break_locks(session.backend.lock_folder(session.stack)):
        click.echo(f"removed the lock of {holder}")
    click.echo(f"The currently running update for '{session.stack}' has been canceled!")
