"""Session tokens: each is one instance's, for as many seconds as it was asked for."""

import secrets
import time
from collections.abc import Callable

SECONDS_MOST = 21600


class Tokens:
    """Safe to use from several threads. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._ends: dict[tuple[str, str], float] = {}

    def issue(self, instance_id: str, seconds: int) -> str:
        now = self.clock()
        self._ends = {token: end for token, end in list(self._ends.items()) if end > now}
        token = secrets.token_urlsafe(40)
        self._ends[instance_id, token] = now + seconds
        return token

    def remaining(self, instance_id: str, token: str) -> int:
        """Seconds for which the token is still valid; 0 where it has ended, or is not this instance's."""
        return max(0, int(self._ends.get((instance_id, token), 0) - self.clock()))
