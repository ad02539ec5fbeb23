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
from sandbox.engine.session import Session


def asked(
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


def end(ok: bool, record: Record, verb: str, expect_no_changes: bool) -> None:
    if not ok:
        raise EngineError(f"{verb} failed")
    if expect_no_changes and record.changes:
        word = "proposed" if verb == "preview" else "made"
        raise EngineError(f"no changes were expected for {verb} but changes were {word}", status=7)
