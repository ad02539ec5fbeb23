"""A measured figure: the values of its runs, and their text in the page."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Unit:
    name: str
    digits: int = 0

    def text(self, value: float) -> str:
        return f"{value:.{self.digits}f}"


SECONDS = Unit(name="s", digits=1)
RATE = Unit(name="requests/s")
PERCENT = Unit(name="%")
GIGABYTES = Unit(name="GB", digits=2)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The value of each run of what `name` describes; the aim is a median below `under`, in the same unit."""

    name: str
    runs: Sequence[float]
    unit: Unit = SECONDS
    under: float | None = None

    @property
    def measured(self) -> str:
        """The median, and the range where there was more than one run."""
        text = self.unit.text
        spread = f" ({text(min(self.runs))} to {text(max(self.runs))}, {len(self.runs)} runs)"
        return f"{text(self._median)} {self.unit.name}{spread if len(self.runs) > 1 else ''}"

    @property
    def aim(self) -> str:
        """The aim, if there is one, and whether it is missed."""
        if self.under is None:
            return ""
        return f"under {self.under:g} {self.unit.name}" + ("" if self._median < self.under else ", missed")

    @property
    def _median(self) -> float:
        return statistics.median(self.runs)


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def timed(name: str, call: Callable[[], object], *, runs: int = RUNS, under: float | None = None) -> Figure:
    return Figure(name=name, runs=[seconds_of(call) for _ in range(runs)], under=under)
