"""One line for each resource that something happened to: the display where there is no terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from sandbox.engine.display.words import WORDS
from sandbox.engine.events import Failure, Step

QUIET = {"same", "refresh"}


class Lines:
    """Prints as things end. A preview says what would be done, and says nothing of the halves of a replacement."""

    def __init__(self, console: Console, *, preview: bool) -> None:
        self._console = console
        self._preview = preview

    def started(self, step: Step) -> None:
        """Its end is what gets a line."""

    def finished(self, step: Step, seconds: float) -> None:
        if step.is_internal or step.op in QUIET or (self._preview and step.op == "delete-replaced"):
            return
        words = WORDS[step.op]
        line = Text(f" {words.symbol:<2} ", style=words.style)
        line.append(f"{step.type} {step.name} ", style="default")
        line.append(words.plan if self._preview else f"{words.done} ({seconds:.2f}s)")
        if self._preview:
            line.append(_changed(step), style="dim")
        self._console.print(line)

    def failed(self, step: Step, seconds: float, failure: Failure) -> None:
        words = WORDS[step.op]
        line = Text(f" {words.symbol:<2} {step.type} {step.name} ")
        what = f"{words.doing or 'checking'} failed"
        line.append(f"**{what}** ({seconds:.2f}s) {failure.title}", style="bold red")
        self._console.print(line)

    def skipped(self, urn: str, because: str) -> None:
        kind, name = urn.split("::")[-2:]
        needed = because.rsplit("::", 1)[-1]
        self._console.print(Text(f"    {kind.split('$')[-1]} {name} skipped: it needs {needed}", style="dim"))

    def message(self, severity: str, text: str, urn: str = "") -> None:
        """Said at the end, under Diagnostics."""

    def line(self, urn: str, text: str) -> None:
        """A running command's output belongs to the live display."""

    def outputs(self, old: Mapping[str, object], new: Mapping[str, object]) -> None:
        """Said at the end."""


def _changed(step: Step) -> str:
    if step.diff is None or step.op not in ("update", "replace") or not (step.diff.changed or step.diff.replaces):
        return ""
    keys = dict.fromkeys((*step.diff.replaces, *step.diff.changed))
    return f" [diff: ~{','.join(keys)}]"
