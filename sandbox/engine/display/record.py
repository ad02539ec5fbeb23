"""A listener that remembers: what the summary, the diff and the JSON of a run are made of."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.engine.events import Failure, Step

UNCOUNTED = {"delete-replaced", "refresh"}


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something said: about the resource `urn`, or about nobody in particular ("")."""

    severity: str
    text: str
    urn: str = ""


class Record:
    """Everything that a Listener hears, in order."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.steps: list[Step] = []
        self.counts: Counter[str] = Counter()
        self.messages: list[Message] = []
        self.skips: list[tuple[str, str]] = []
        self.errored = 0
        self.old_outputs: Mapping[str, object] = {}
        self.new_outputs: Mapping[str, object] | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def changes(self) -> int:
        return sum(count for op, count in self.counts.items() if op != "same")

    def started(self, step: Step) -> None:
        """Only what comes of it counts."""

    def finished(self, step: Step, seconds: float) -> None:  # noqa: ARG002
        self.steps.append(step)
        if not step.is_internal and step.op not in UNCOUNTED:
            self.counts[step.op] += 1

    def failed(self, step: Step, seconds: float, failure: Failure) -> None:  # noqa: ARG002
        self.errored += 1
        self.messages.append(Message(severity="error", text=str(failure), urn=step.urn))

    def skipped(self, urn: str, because: str) -> None:
        self.skips.append((urn, because))

    def message(self, severity: str, text: str, urn: str = "") -> None:
        self.messages.append(Message(severity=severity, text=text, urn=urn))

    def line(self, urn: str, text: str) -> None:
        """Not kept: a failed step's output comes with its failure."""

    def outputs(self, old: Mapping[str, object], new: Mapping[str, object]) -> None:
        self.old_outputs, self.new_outputs = old, new


class Several:
    """Tells several listeners."""

    def __init__(self, *listeners: "Record | object") -> None:
        self._listeners = listeners

    def started(self, step: Step) -> None:
        self._tell("started", step)

    def finished(self, step: Step, seconds: float) -> None:
        self._tell("finished", step, seconds)

    def failed(self, step: Step, seconds: float, failure: Failure) -> None:
        self._tell("failed", step, seconds, failure)

    def skipped(self, urn: str, because: str) -> None:
        self._tell("skipped", urn, because)

    def message(self, severity: str, text: str, urn: str = "") -> None:
        self._tell("message", severity, text, urn)

    def line(self, urn: str, text: str) -> None:
        self._tell("line", urn, text)

    def outputs(self, old: Mapping[str, object], new: Mapping[str, object]) -> None:
        self._tell("outputs", old, new)

    def _tell(self, what: str, *args: object) -> None:
        for listener in self._listeners:
            getattr(listener, what)(*args)
