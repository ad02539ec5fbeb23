"""Waiting for connections that the routers are still making, before a survey is reported."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ops.status.survey import Finding

CONNECTING_SECONDS = 60
"""How long connections may be missing after an `up`: a router retries a failed connection after some seconds."""

_INTERVAL_SECONDS = 2
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The time in seconds from any origin, and a pause of some seconds."""

    now: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


async def settled(
    survey: Callable[[], Awaitable[list[Finding]]], announce: Callable[[str], None], clock: Clock | None = None
) -> list[Finding]:
    """The first survey in which more than connections is wrong, or nothing; the last one after CONNECTING_SECONDS.

    `announce` is called with a sentence before each pause.
    """
    clock = clock or Clock()
    end = clock.now() + CONNECTING_SECONDS
    while True:
        findings = await survey()
        missing = still_connecting(findings)
        if not missing or clock.now() >= end:
            return findings
        announce(f"waiting up to {CONNECTING_SECONDS} s for connections: {missing}")
        await clock.pause(_INTERVAL_SECONDS)


def still_connecting(findings: Sequence[Finding]) -> str:
    """The missing connections, if nothing else is wrong on any node; else an empty text."""
    if any(found.failure or found.problems for found in findings):
        return ""
    missing = [f"{found.name} to {other}" for found in findings for other in sorted(found.unreached)]
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return ", ".join(missing[:_NAMED]) + more
