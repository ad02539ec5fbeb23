"""up, preview, refresh, destroy."""

import json

import click

from sandbox.engine import operations
from sandbox.engine.asking import end, perform
from sandbox.engine.cli import Global, cli, common
from sandbox.engine.display.digest import digest
from sandbox.engine.display.record import Record
from sandbox.engine.display.show import Display
from sandbox.engine.running import PARALLEL, Options
from sandbox.engine.values import UNKNOWN_MARKER

_yes = click.option("-y", "--yes", is_flag=True, envvar="PULUMI_SKIP_CONFIRMATIONS", help="Go ahead without asking.")
_skip_preview = click.option("-f", "--skip-preview", is_flag=True, help="Do not show a preview first.")
_refresh = click.option("-r", "--refresh", is_flag=True, help="Refresh the state first.")
_diff = click.option("--diff", "show_diff", is_flag=True, help="Show what changes in full.")
_parallel = click.option(
    "-p", "--parallel", type=click.IntRange(min=1), default=PARALLEL, show_default=True, help="Steps at a time."
)
_expect_no_changes = click.option("--expect-no-changes", is_flag=True, help="Fail if anything changes.")
_continue = click.option(
    "--continue-on-error", is_flag=True, expose_value=False, help="Always so here: what does not need it goes on."
)
_suppress_outputs = click.option("--suppress-outputs", is_flag=True, help="Do not show the stack's outputs.")


@cli.command()
@common
@_diff
@click.option("-j", "--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@_refresh
@_parallel
@_expect_no_changes
@_suppress_outputs
@click.pass_obj
def preview(
    given: Global,
    show_diff: bool,
    as_json: bool,
    refresh: bool,
    parallel: int,
    expect_no_changes: bool,
    suppress_outputs: bool,
) -> None:
    """Show what `up` would do, and change nothing."""
    session = given.session()
    options = Options(preview=True, refresh=refresh, parallel=parallel)
    if as_json:
        record = Record()
        ok = operations.update(session, given.registry, record, options)
        config = {key: setting.shown for key, setting in session.settings(sealed=True).items()}
        click.echo(json.dumps(digest(record, config), indent=4, ensure_ascii=False, default=lambda _: UNKNOWN_MARKER))
    else:
        display = Display(given, session, outputs=not suppress_outputs)
        ok, record = display.run(operations.update, "Previewing update", options, diff=show_diff)
    end(ok, record, "preview", expect_no_changes)


@cli.command()
@common
@_yes
@_skip_preview
@_refresh
@_diff
@_parallel
@_expect_no_changes
@_continue
@_suppress_outputs
@click.pass_obj
def up(
    given: Global,
    yes: bool,
    skip_preview: bool,
    refresh: bool,
    show_diff: bool,
    parallel: int,
    expect_no_changes: bool,
    suppress_outputs: bool,
) -> None:
    """Bring the stack to what the program says."""
    perform(
        given,
        operations.update,
        "update",
        Options(preview=False, refresh=refresh, parallel=parallel),
        yes=yes,
        skip=skip_preview,
        diff=show_diff,
        outputs=not suppress_outputs,
        expect_no_changes=expect_no_changes,
    )


cli.add_command(up, "update")


@cli.command()
@common
@_yes
@_skip_preview
@_refresh
@_diff
@_parallel
@_continue
@click.pass_obj
def destroy(given: Global, yes: bool, skip_preview: bool, refresh: bool, show_diff: bool, parallel: int) -> None:
    """Delete everything in the stack; its config stays."""
    options = Options(preview=False, refresh=refresh, parallel=parallel)
    perform(given, operations.destroy, "destroy", options, yes=yes, skip=skip_preview, diff=show_diff)


@cli.command()
@common
@_yes
@_skip_preview
@_diff
@_parallel
@_expect_no_changes
@click.pass_obj
def refresh(
    given: Global, yes: bool, skip_preview: bool, show_diff: bool, parallel: int, expect_no_changes: bool
) -> None:
    """Bring the stack's state up to what is really there."""
    perform(
        given,
        operations.refresh,
        "refresh",
        Options(preview=False, parallel=parallel),
        yes=yes,
        skip=skip_preview,
        diff=show_diff,
        expect_no_changes=expect_no_changes,
    )
