"""When to dial a peer: weave's back-off, 2 s and half as long again each time, up to 6 minutes."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_FIRST_INTERVAL = 2.0
_LONGEST_INTERVAL = 360.0
_RESET_AFTER = 60.0  # a connection that held for so long is dialled again at once
NEVER = float("inf")


@dataclass(kw_only=True)
class Target:
    """An address that this router should be connected to; times are monotonic seconds."""

    clock: Callable[[], float] = time.monotonic
    error: str = ""
    dialling: bool = False
    try_after: float = 0.0
    interval: float = field(default=_FIRST_INTERVAL)

    def try_now(self) -> None:
        self.try_after, self.interval = self.clock(), _FIRST_INTERVAL

    def try_later(self, error: str) -> None:
        """After a random time around the interval, so that two routers do not dial each other at the same time."""
        self.error, self.dialling = error, False
        self.try_after = self.clock() + self.interval * random.uniform(0.5, 1.5)  # noqa: S311
        self.interval = min(self.interval * 1.5, _LONGEST_INTERVAL)

    def try_never(self, error: str) -> None:
        self.error, self.dialling = error, False
        self.try_after = NEVER

    def ended(self, error: str) -> None:
        """A connection to it came up and is gone."""
        if self.clock() > self.try_after + _RESET_AFTER:
            self.try_now()
            self.error, self.dialling = error, False
        else:
            self.try_later(error)

    def state(self) -> str:
        if self.dialling:
            return "retrying" if self.error else "connecting"
        return "failed" if self.error else "waiting"
