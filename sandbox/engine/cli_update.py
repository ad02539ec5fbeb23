"""up, preview, refresh, destroy."""

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext

import click
from rich.console import Console

from sandbox.engine import operations
from sandbox.engine.cli import Global, cli, common
from sandbox.engine.display.difftext import diff_of_steps
from sandbox.engine.display.digest import digest
from sandbox.engine.display.lines import Lines
from sandbox.engine.display.live import Live
from sandbox.engine.display.record import Record, Several
from sandbox.engine.display.summary import print_summary
from sandbox.engine.errors import EngineError
from sandbox.engine.lock import locked
from sandbox.engine.operations import PARALLEL, Options
from sandbox.engine.session import Session
from sandbox.engine.values import UNKNOWN_MARKER

Operation = Callable[..., bool]

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


class Display:
    """Runs an operation and shows it."""

    def __init__(self, given: Global, session: Session, *, outputs: bool = True) -> None:
        self.console = Console(
            file=sys.stdout,  # this one: the program's own is redirected while it runs
            highlight=False,
            soft_wrap=True,
            force_terminal=True if given.color == "always" else None,
            no_color=True if given.color == "never" else None,
        )
        self._given = given
        self._session = session
        self._outputs = outputs

    def run(self, operation: Operation, title: str, options: Options, *, diff: bool = False) -> tuple[bool, Record]:
        self.console.print(f"{title} ({self._session.stack}):\n", markup=False)
        record = Record()
        quiet = diff and options.preview
        live = Live(self.console, preview=options.preview, lines=not quiet)
        shown = live if self.console.is_terminal else Lines(self.console, preview=options.preview)
        listeners = (record,) if quiet and shown is not live else (record, shown)
        with live if shown is live else nullcontext():
            ok = operation(self._session, self._given.registry, Several(*listeners), options)
        if quiet:
            for line in diff_of_steps(record.steps):
                self.console.print(line)
        self.console.print()
        print_summary(self.console, record, preview=options.preview, outputs=self._outputs)
        return ok, record


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
    _end(ok, record, "preview", expect_no_changes)


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
    session = given.session()
    display = Display(given, session, outputs=not suppress_outputs)
    options = Options(preview=False, refresh=refresh, parallel=parallel)
    ok, record = _asked(
        given, display, session, operations.update, "update", options, yes=yes, skip=skip_preview, diff=show_diff
    )
    _end(ok, record, "update", expect_no_changes)


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
    session = given.session()
    display = Display(given, session)
    options = Options(preview=False, refresh=refresh, parallel=parallel)
    ok, record = _asked(
        given, display, session, operations.destroy, "destroy", options, yes=yes, skip=skip_preview, diff=show_diff
    )
    _end(ok, record, "destroy", False)


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
    session = given.session()
    display = Display(given, session)
    options = Options(preview=False, parallel=parallel)
    ok, record = _asked(
        given, display, session, operations.refresh, "refresh", options, yes=yes, skip=skip_preview, diff=show_diff
    )
    _end(ok, record, "refresh", expect_no_changes)


def _asked(
    given: Global,
    display: Display,
    session: Session,
    operation: Operation,
    verb: str,
    options: Options,
    *,
    yes: bool,
    skip: bool,
    diff: bool,
) -> tuple[bool, Record]:
    """The preview, the question, the work; all of it under the stack's lock."""
    interactive = given.interactive and sys.stdin.isatty() and sys.stdout.isatty()
    if not (yes or skip or interactive):
        raise EngineError(
            "--yes or --skip-preview must be passed in to proceed when running in non-interactive mode", status=2
        )
    titles = {"update": "Updating", "destroy": "Destroying", "refresh": "Refreshing"}
    with locked(
        session.backend.lock_folder(session.stack),
        session.stack,
        lambda text: click.echo(f"warning: {text}", err=True),
    ):
        if not skip:
            seen = Options(preview=True, refresh=options.refresh, parallel=options.parallel)
            ok, record = display.run(operation, f"Previewing {verb}", seen, diff=diff)
            if not ok:
                return ok, record
            if not yes:
                _confirm(display, record, verb)
        session.__dict__.pop("document", None)
        return display.run(operation, titles[verb], options)


def _confirm(display: Display, record: Record, verb: str) -> None:
    while True:
        answer = click.prompt(
            f"Do you want to perform this {verb}?", type=click.Choice(["yes", "no", "details"]), default="no"
        )
        if answer == "yes":
            return
        if answer == "no":
            raise EngineError(f"confirmation declined, not proceeding with the {verb}", status=1)
        for line in diff_of_steps(record.steps):
            display.console.print(line)


def _end(ok: bool, record: Record, verb: str, expect_no_changes: bool) -> None:
    if not ok:
        raise EngineError(f"{verb} failed")
    if expect_no_changes and record.changes:
        word = "proposed" if verb == "preview" else "made"
        raise EngineError(f"no changes were expected for {verb} but changes were {word}")
