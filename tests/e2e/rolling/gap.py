"""The longest time for which a condition was not met."""

import time
from dataclasses import dataclass, field


@dataclass
class Gap:
    """`longest` in seconds, between two moments at which the condition was met."""

    longest: float = 0
    _met: float = field(default_factory=time.monotonic)

    def see(self, met: bool) -> None:
        now = time.monotonic()
        if not met:
            self.longest = max(self.longest, now - self._met)
        else:
            self._met = now
