"""A table of what is being done right now, on a terminal; what is done scrolls up above it."""

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.text import Text

from sandbox.engine.display.lines import Lines
from sandbox.engine.display.words import WORDS
from sandbox.engine.events import Failure, Step


class Live(Lines):
    """Lines, with the running steps below: how long each has run, and the last line that it printed."""

    def __init__(self, console: Console, *, preview: bool, lines: bool = True) -> None:
        super().__init__(console, preview=preview)
        self._console = console
        self._lines = lines
        self._running: dict[str, tuple[Step, float]] = {}
        self._last: dict[str, str] = {}
        self._live = RichLive(
            console=console, get_renderable=self._table, transient=True, refresh_per_second=8, redirect_stdout=False
        )

    def __enter__(self) -> "Live":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def started(self, step: Step) -> None:
        if step.op != "same" and not step.is_internal:
            self._running[step.urn] = (step, time.monotonic())

    def finished(self, step: Step, seconds: float) -> None:
        self._forget(step)
        if self._lines:
            super().finished(step, seconds)

    def failed(self, step: Step, seconds: float, failure: Failure) -> None:
        self._forget(step)
        super().failed(step, seconds, failure)

    def line(self, urn: str, text: str) -> None:
        self._last[urn] = text

    def outputs(self, old: Mapping[str, object], new: Mapping[str, object]) -> None:
        """Said at the end."""

    def _forget(self, step: Step) -> None:
        self._running.pop(step.urn, None)
        self._last.pop(step.urn, None)

    def _table(self) -> RenderableType:
        room = max(self._console.size.height - 3, 3)
        running = list(self._running.values())
        rows = [self._row(step, since) for step, since in running[:room]]
        if len(running) > room:
            rows.append(Text(f"    ... and {len(running) - room} more", style="dim"))
        return Group(*rows)

    def _row(self, step: Step, since: float) -> Text:
        words = WORDS[step.op]
        row = Text(f" {words.symbol:<2} ", style=words.style, no_wrap=True, overflow="ellipsis")
        row.append(f"{step.type} {step.name} ", style="default")
        row.append(f"{words.doing} ({int(time.monotonic() - since)}s) ")
        row.append(self._last.get(step.urn, ""), style="dim")
        return row
