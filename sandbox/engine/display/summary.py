"""What a run ends with: diagnostics, outputs, counts, how long it took."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.text import Text

from sandbox.engine.display.difftext import outputs_diff
from sandbox.engine.display.record import Message, Record
from sandbox.engine.display.words import ORDER, WORDS

_STYLES = {"error": "bold red", "warning": "yellow"}


def print_summary(console: Console, record: Record, *, preview: bool, outputs: bool = True) -> None:
    """As the CLI prints it."""
    _print(console, _diagnostics(record))
    if outputs and record.new_outputs is not None:
        _print(console, _outputs(record))
    _print(console, _resources(record, preview=preview))
    if not preview:
        console.print(f"Duration: {_duration(record.seconds)}\n")


def _print(console: Console, lines: Iterator[Text | str]) -> None:
    said = list(lines)
    for line in said:
        console.print(line, markup=False)
    if said:
        console.print()


def _diagnostics(record: Record) -> Iterator[Text]:
    said = [item for item in record.messages if item.severity != "debug"]
    if not said:
        return
    yield Text("Diagnostics:", style="bold")
    order = list(dict.fromkeys(item.urn for item in said))
    said.sort(key=lambda item: order.index(item.urn))
    for urn, items in groupby(said, key=lambda item: item.urn):
        yield Text(f"  {_title(urn)}")
        for item in items:
            yield from _message(item)


def _title(urn: str) -> str:
    if not urn:
        return "the program:"
    kind, name = urn.split("::")[-2:]
    return f"{kind.split('$')[-1]} ({name}):"


def _message(item: Message) -> Iterator[Text]:
    prefix = "" if item.severity == "info" else f"{item.severity}: "
    first, *rest = item.text.rstrip().split("\n")
    yield Text(f"    {prefix}{first}", style=_STYLES.get(item.severity, ""))
    for line in rest:
        yield Text(f"    {line}")


def _outputs(record: Record) -> Iterator[str]:
    assert record.new_outputs is not None  # noqa: S101 - the caller looked
    lines = list(outputs_diff(record.old_outputs, record.new_outputs))
    if lines:
        yield "Outputs:"
        yield from lines


def _resources(record: Record, *, preview: bool) -> Iterator[str]:
    same = record.counts["same"]
    yield "Resources:"
    kinds = [op for op in ORDER if record.counts[op]]
    for op in kinds:
        words = WORDS[op]
        what = f"to {words.plan}" if preview else words.done
        yield f"    {words.symbol:<2}{record.counts[op]} {what}"
    total = record.changes
    if len(kinds) > 1:
        unchanged = f". {same} unchanged" if same else ""
        yield f"    {total} changes{unchanged}"
    elif same:
        yield f"    {same} unchanged"
    if record.errored:
        yield f"    {record.errored} errored"
    if record.skips:
        yield f"    {len(record.skips)} skipped"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f}s" if seconds >= 10 else f"{seconds:.1f}s"
    return f"{int(seconds) // 60}m{int(seconds) % 60}s"
