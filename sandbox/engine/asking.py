"""The preview, the question, and then the work."""

import sys

import click

from sandbox.engine.cli import Global
from sandbox.engine.display.difftext import diff_of_steps
from sandbox.engine.display.record import Record
from sandbox.engine.display.show import Display, Operation
from sandbox.engine.errors import EngineError
from sandbox.engine.lock import locked
from sandbox.engine.running import Options

_TITLES = {"update": "Updating", "destroy": "Destroying", "refresh": "Refreshing"}


def perform(
    given: Global,
    operation: Operation,
    verb: str,
    options: Options,
    *,
    yes: bool,
    skip: bool,
    diff: bool,
    outputs: bool = True,
    expect_no_changes: bool = False,
) -> None:
    """The preview, the question, the work; all of it under the stack's lock. Raises EngineError."""
    session = given.session()
    display = Display(given, session, outputs=outputs)
    if not (yes or skip or (given.interactive and sys.stdin.isatty() and sys.stdout.isatty())):
        raise EngineError(
            "--yes or --skip-preview must be passed in to proceed when running in non-interactive mode", status=2
        )
    with locked(
        session.backend.lock_folder(session.stack),
        session.stack,
        lambda text: click.echo(f"warning: {text}", err=True),
    ):
        if not skip:
            _preview(display, operation, verb, options, yes=yes, diff=diff)
        session.__dict__.pop("document", None)
        ok, record = display.run(operation, _TITLES[verb], options)
    end(ok, record, verb, expect_no_changes)


def _preview(display: Display, operation: Operation, verb: str, options: Options, *, yes: bool, diff: bool) -> None:
    """Raises EngineError where it fails, and where its reader does not want it."""
    seen = Options(preview=True, refresh=options.refresh, parallel=options.parallel)
    ok, record = display.run(operation, f"Previewing {verb}", seen, diff=diff)
    if not ok:
        raise EngineError(f"{verb} failed")
    if not yes:
        _confirm(display, record, verb)


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


def end(ok: bool, record: Record, verb: str, expect_no_changes: bool) -> None:
    if not ok:
        raise EngineError(f"{verb} failed")
    if expect_no_changes and record.changes:
        word = "proposed" if verb == "preview" else "made"
        raise EngineError(f"no changes were expected for {verb} but changes were {word}", status=7)
