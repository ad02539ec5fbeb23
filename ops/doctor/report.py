"""What `make doctor` prints: a table of what differs, and below it each difference as a diff."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ops.doctor.look import Finding

_COLORS = {"-": "red", "+": "green", "@": "cyan"}


def report(findings: Sequence[Finding], console: Console) -> None:
    found = [difference for finding in findings for difference in finding.differences]
    if found:
        table = Table(title="differs from what the program would make", title_justify="left")
        for heading in ("node", "step", "what", "how"):
            table.add_column(heading, overflow="fold")
        for one in found:
            table.add_row(one.node, one.check.step, one.check.name, one.kind)
        console.print(table)
    for one in found:
        for line in one.diff.splitlines():
            console.print(line, style=_COLORS.get(line[:1]), markup=False, highlight=False, soft_wrap=True)
    for finding in findings:
        if finding.failure:
            console.print(f"{finding.node}: {finding.failure}", style="red", markup=False, highlight=False)
