"""Requests without a pause, while the app behind them changes."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import httpx

_SLOW, _QUICK = "/slow?ms=1500", "/slow?ms=20"


@dataclass
class Traffic:
    """Requests to `urls`, some of them slow; `failures` has a description of each that failed."""

    client: httpx.AsyncClient
    urls: Collection[str]
    headers: Mapping[str, str]
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    _stopping: bool = False

    async def run(self, workers: int = 8) -> None:
        """Send requests until `stop` is called, and finish those in flight."""
        await asyncio.gather(*(self._work(number) for number in range(workers)))

    def stop(self) -> None:
        self._stopping = True

    async def _work(self, number: int) -> None:
        urls = list(self.urls)
        turn = number
        while not self._stopping:
            url = urls[turn % len(urls)] + (_SLOW if turn % 3 == 0 else _QUICK)
            turn += 1
            try:
                answer = await self.client.get(url, headers=self.headers)
            except httpx.HTTPError as error:
                self.failures.append(f"{url}: {type(error).__name__} {error}")
                continue
            if answer.status_code == httpx.codes.OK:
                self.answered += 1
            else:
                self.failures.append(f"{url}: {answer.status_code} {answer.text.strip()[:80]}")
