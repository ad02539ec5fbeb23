"""Running an operation and showing it: live on a terminal, line by line elsewhere, a diff when asked."""

import sys
from collections.abc import Callable
from contextlib import nullcontext

from rich.console import Console

from sandbox.engine.cli import Global
from sandbox.engine.display.difftext import diff_of_steps
from sandbox.engine.display.lines import Lines
from sandbox.engine.display.live import Live
from sandbox.engine.display.record import Record, Several
from sandbox.engine.display.summary import print_summary
from sandbox.engine.running import Options
from sandbox.engine.session import Session

Operation = Callable[..., bool]


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
