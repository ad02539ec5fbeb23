"""What a row of health checks means: the rule that Mesos and Marathon share. And the check over the network."""

from dataclasses import dataclass

from sandbox.standins.common.fetch import Unreachable, call


@dataclass(kw_only=True)
class Health:
    """Times in seconds. `healthy` is None until the first success, or the first failure that counts."""

    grace: float = 300
    interval: float = 60
    most_failures: int = 3
    since: float = 0
    healthy: bool | None = None
    failures: int = 0
    ever: bool = False
    looked: float | None = None

    def due(self, now: float) -> bool:
        return self.looked is None or now - self.looked >= self.interval

    def observe(self, ok: bool, now: float) -> bool:
        """True when the task is to be killed. Failures in the grace period don't count before the first success."""
        self.looked = now
        if ok:
            self.healthy, self.failures, self.ever = True, 0, True
            return False
        if not self.ever and now - self.since < self.grace:
            return False
        self.healthy = False
        self.failures += 1
        return 0 < self.most_failures <= self.failures


def http_ok(host: str, port: int, path: str, timeout: float) -> bool:
    """Whether GET answers 200 to 399, as Mesos and Marathon have it."""
    try:
        return 200 <= call("GET", f"http://{host}:{port}{path}", timeout=timeout).status < 400
    except Unreachable:
        return False
