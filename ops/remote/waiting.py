"""Waiting until a condition is met, and an error that says what was seen instead."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from ops.remote.errors import OperatorError

T = TypeVar("T")


class UnmetError(OperatorError):
    """A condition that was not met."""

    def __init__(self, expected: str, seen: object, remedy: str = "") -> None:
        super().__init__(f"expected {expected}, but got {seen}" + (f": {remedy}" if remedy else ""))


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """All in seconds: `poll` is the interval between two attempts, the others bound one wait each."""

    poll: float = 0.5
    deployed: float = 180  # a node may have to pull the image first
    listed: float = 90
    known: float = 300  # a new load balancer takes minutes until its name is known
    settled: float = 3  # until slow requests are under way everywhere

    async def until(
        self,
        attempt: Callable[[], Awaitable[T]],
        accept: Callable[[T], bool],
        expected: str,
        *,
        seconds: float,
        describe: Callable[[T], object] = str,
        remedy: str = "",
    ) -> T:
        """The first result of `attempt` that `accept` takes; raises UnmetError with `describe` of the last one."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            seen: object
            try:
                result = await attempt()
                if accept(result):
                    return result
                seen = describe(result)
            except httpx.HTTPError as error:
                seen = f"{type(error).__name__}: {error}"
            if asyncio.get_running_loop().time() > end:
                raise UnmetError(f"{expected} within {seconds:g} s", seen, remedy)
            await asyncio.sleep(self.poll)
