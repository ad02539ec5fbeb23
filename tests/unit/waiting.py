"""Waiting for a condition instead of sleeping."""

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The first true value of `condition`; an AssertionError that names `what` once the bound is passed."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return found
