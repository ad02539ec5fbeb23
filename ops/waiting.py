"""Waiting for what should come, and saying what came instead."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from ops.stack import OperatorError

T = TypeVar("T")


class UnmetError(OperatorError):
    """What was expected and did not come."""

    def __init__(self, expected: str, came: object, remedy: str = "") -> None:
        super().__init__(f"expected {expected}, but got {came}" + (f": {remedy}" if remedy else ""))


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds between two looks, and that each thing may take."""

    poll: float = 0.5
    deployed: float = 180  # a node may have to pull the image first
    listed: float = 90
    served: float = 60
    known: float = 300  # a new load balancer takes minutes until its name is known
    settled: float = 3  # until slow requests are under way everywhere

    async def until(
        self,
        ask: Callable[[], Awaitable[T]],
        holds: Callable[[T], bool],
        expected: str,
        *,
        seconds: float,
        told: Callable[[T], object] = str,
        remedy: str = "",
    ) -> T:
        """What `ask` answers once it `holds`; raises UnmetError with the last answer, as `told` puts it."""
        bound = asyncio.get_running_loop().time() + seconds
        while True:
            came: object
            try:
                answer = await ask()
                if holds(answer):
                    return answer
                came = told(answer)
            except httpx.HTTPError as error:
                came = f"{type(error).__name__}: {error}"
            if asyncio.get_running_loop().time() > bound:
                raise UnmetError(f"{expected} within {seconds:g} s", came, remedy)
            await asyncio.sleep(self.poll)
