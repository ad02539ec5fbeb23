"""How fast the API and the hosts are: as fast as they can, or as slow as an operator wants to see it."""

import random
import threading
import time
from collections.abc import Callable, Mapping

from sandbox.cloud.adjustable import Adjustable

DEFAULTS: Mapping[str, str] = {
    "boot": "0",  # seconds from an instance's launch or start until its host has power
    "sshd": "0",  # seconds from then on until sshd listens
    "burst": "0",  # how many requests of one action at once the API answers; 0: all
    "rate": "2",  # how many more it answers each second
    "outage": "0",  # 1: the API answers every request with an error of its own
}


class Pace(Adjustable):
    """Seconds and numbers; a range such as 60-240 is another number in it for each host."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(DEFAULTS, r"\d+(-\d+)?", "a number, or a range such as 60-240")
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def seconds(self, name: str) -> float:
        low, _, high = self.text(name).partition("-")
        return random.uniform(float(low), float(high or low))  # noqa: S311

    @property
    def outage(self) -> bool:
        return self.text("outage") != "0"

    def too_many(self, action: str) -> bool:
        """Whether the API throttles this request: a bucket of tokens for each action, as EC2 has them."""
        burst, rate = self.seconds("burst"), self.seconds("rate")
        if not burst:
            return False
        with self._lock:
            now = self._clock()
            left, before = self._buckets.get(action, (burst, now))
            left = min(burst, left + (now - before) * rate)
            throttled = left < 1
            self._buckets[action] = (left if throttled else left - 1, now)
        return throttled


def late_sshd(seconds: float) -> dict[str, bytes]:
    """What makes sshd listen later, for the host's disk: path -> content."""
    if not seconds:
        return {}
    waits = f"[Service]\nExecStartPre=/bin/sleep {seconds:.0f}\nTimeoutStartSec={seconds + 90:.0f}\n"
    return {"etc/systemd/system/ssh.service.d/late.conf": waits.encode()}
