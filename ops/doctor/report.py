"""What `make doctor` prints: a table of what differs, below it each difference as a diff, and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from ops.doctor.cloud import CloudDifference
from ops.doctor.differences import Difference
from ops.doctor.look import Finding

_COLORS = {"-": "red", "+": "green", "@": "cyan"}
DIFFERS, NOT_SEEN = 1, 2


@dataclass(frozen=True, kw_only=True)
class Report:
    """Of a stack: what differs on its nodes and, where it was looked at, in its cloud.

    `unapplied` are the steps of each node whose change waits for `make up`. `unseen` are the reasons why the
    cloud, or a planned node without an instance, could not be seen.
    """

    stack: str
    findings: Sequence[Finding]
    unapplied: Mapping[str, frozenset[str]]
    cloud: Sequence[CloudDifference] = ()
    unseen: Sequence[str] = ()

    @property
    def status(self) -> int:
        """0 if nothing differs, 1 if something does, 2 if something could not be seen."""
        if self.unseen or any(finding.failure for finding in self.findings):
            return NOT_SEEN
        return DIFFERS if self.cloud or self._differences else 0

    def repairable(self, node: str) -> tuple[str, ...]:
        """The steps of the node that differ and do not wait for `make up`, in their order."""
        found = (one.check.step for one in self._differences if one.node == node)
        return tuple(step for step in dict.fromkeys(found) if step not in self.unapplied[node])

    def print(self, console: Console) -> None:
        if self._differences or self.cloud:
            console.print(self._table())
        for diff in (*(one.diff for one in self._differences), *(one.diff for one in self.cloud)):
            for line in diff.splitlines():
                console.print(line, style=_COLORS.get(line[:1]), markup=False, highlight=False, soft_wrap=True)
        for failure in self._failures():
            console.print(failure, style="red", markup=False, highlight=False, soft_wrap=True)
        for sentence in self._conclusion():
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    @property
    def _differences(self) -> list[Difference]:
        return [difference for finding in self.findings for difference in finding.differences]

    def _table(self) -> Table:
        table = Table(title="differs from what the program would make", title_justify="left")
        for heading in ("where", "step", "what", "how"):
            table.add_column(heading, overflow="fold")
        for one in self._differences:
            waits = ", not applied yet" if one.check.step in self.unapplied[one.node] else ""
            table.add_row(one.node, one.check.step, one.check.name, one.kind + waits)
        for resource in self.cloud:
            table.add_row("cloud", "", f"{resource.name} ({resource.type})", resource.kind)
        return table

    def _failures(self) -> Iterator[str]:
        yield from (f"{finding.node}: {finding.failure}" for finding in self.findings if finding.failure)
        yield from self.unseen

    def _conclusion(self) -> Iterator[str]:
        seen = [finding for finding in self.findings if not finding.failure]
        checked = sum(finding.checked for finding in seen)
        waiting = [f"{node}-{step}" for node, steps in self.unapplied.items() for step in sorted(steps)]
        if seen:
            count = len(self._differences)
            yield f"{count or 'none'} of {checked} checks on {len(seen)} node{'s'[: len(seen) != 1]} differ"
        for finding in seen:
            if steps := self.repairable(finding.node):
                command = f"make repair NODE={finding.node} STACK={self.stack}"
                yield f"`{command}` runs {', '.join(steps)} again there, and no other step"
        if not all(one.added for one in self.cloud):
            yield f"`./pulumiw up --refresh -s {self.stack}` makes the cloud's resources again what the program says"
        if any(one.added for one in self.cloud):
            yield "what was added to the cloud is not the program's, which never removes it: remove it by hand"
        if waiting:
            shown = ", ".join(waiting[:5]) + (f" and {len(waiting) - 5} more" if waiting[5:] else "")
            verb = "step has a change" if len(waiting) == 1 else "steps have changes"
            yield f"{len(waiting)} {verb} that `make up` has not applied: {shown}"
