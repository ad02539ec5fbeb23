"""Where a node differs: each check whose command prints something else than expected."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from ops.doctor.checks import Check


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One check of one node, and what its command printed there."""

    node: str
    check: Check
    found: str

    @property
    def kind(self) -> str:
        """In a few words, for the table."""
        expected, found = self.check.expected.splitlines(), self.found.splitlines()
        if not found:
            return "missing"
        if self.check.name.startswith("/"):
            if not expected:
                return "left over"
            parts = {"mode or owner": expected[0] != found[0], "content": expected[1:] != found[1:]}
            return " and ".join(part for part, differs in parts.items() if differs)
        return "differs"

    @property
    def diff(self) -> str:
        """From what the program would make to what the node has, without secrets."""
        lines = difflib.unified_diff(
            self.check.shown(self.check.expected).splitlines(),
            self.check.shown(self.found).splitlines(),
            f"{self.check.name} (the program's)",
            f"{self.check.name} (on {self.node})",
            lineterm="",
        )
        return "\n".join(lines)


def differences(node: str, checks: Sequence[Check], printed: Sequence[str]) -> list[Difference]:
    """`printed` has what the node printed for each of the checks."""
    return [
        Difference(node=node, check=check, found=found)
        for check, found in zip(checks, printed, strict=True)
        if found != check.expected
    ]
