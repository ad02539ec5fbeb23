"""What a run tells whoever shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.engine.diff import Diff
from sandbox.engine.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing done to one resource. `op` is the CLI's word: create, update, same, delete, replace,
    create-replacement, delete-replaced, refresh."""

    op: str
    urn: str
    type: str
    old: Resource | None = None
    new: Resource | None = None
    diff: Diff | None = None

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_internal(self) -> bool:
        """Default providers come and go without a word."""
        resource = self.new or self.old
        return resource is not None and resource.is_default_provider


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a resource's step failed. `lines` go with `title`; `title` is one line."""

    title: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((self.title, *self.lines))


class Listener(Protocol):
    """Hears of a run as it goes, from the run's one thread."""

    def started(self, step: Step) -> None: ...

    def finished(self, step: Step, seconds: float) -> None: ...

    def failed(self, step: Step, seconds: float, failure: Failure) -> None: ...

    def skipped(self, urn: str, because: str) -> None:
        """Not tried, for it needs `because` (a URN), which failed or was skipped."""

    def message(self, severity: str, text: str, urn: str = "") -> None:
        """`severity` is debug, info, warning or error; `urn` the resource that it is about, if any."""

    def line(self, urn: str, text: str) -> None:
        """Something that a resource's running step printed."""

    def outputs(self, old: Mapping[str, object], new: Mapping[str, object]) -> None:
        """The stack's outputs are known."""
