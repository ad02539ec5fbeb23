"""Requests from outside, at a steady rate, whether or not those before have been answered."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import httpx


@dataclass
class Outside:
    """GET `url` with the header Host, over a connection each; `failures` has the time and the reason of each."""

    url: str
    host: str
    rate: float = 20
    answered: int = 0
    failures: list[str] = field(default_factory=list)

    async def run(self, stopping: asyncio.Event) -> None:
        """Send requests until `stopping` is set, and wait for the last answers."""
        headers = {"Host": self.host, "Connection": "close"}
        unlimited = httpx.Limits(max_connections=None)
        client = httpx.AsyncClient(trust_env=False, timeout=10, headers=headers, limits=unlimited)
        async with client, asyncio.TaskGroup() as group:
            while not stopping.is_set():
                group.create_task(self._ask(client))
                await asyncio.sleep(1 / self.rate)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        started = datetime.now()
        try:
            answer = await client.get(self.url)
        except httpx.HTTPError as error:
            self.failures.append(f"{started:%H:%M:%S.%f} {type(error).__name__} {error}")
            return
        if answer.status_code == httpx.codes.OK:
            self.answered += 1
        else:
            self.failures.append(f"{started:%H:%M:%S.%f} {answer.status_code} {answer.text.strip()[:80]}")
