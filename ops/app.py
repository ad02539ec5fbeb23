"""The demonstration's app as Marathon runs it, Consul lists it and HAProxy serves it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from ops.stack import OperatorError

_POLL_SECONDS = 0.5
_DEPLOYED_SECONDS = 180
"""A node may have to pull the image first."""

_LISTED_SECONDS = 90
T = TypeVar("T")


class UnmetError(OperatorError):
    """What was expected and did not come."""

    def __init__(self, expected: str, came: object) -> None:
        super().__init__(f"expected {expected}, but got {came}")


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], expected: str, seconds: float) -> T:
    """What `ask` answers once it `holds`; raises UnmetError with the last answer."""
    bound = asyncio.get_running_loop().time() + seconds
    while True:
        came: T | str
        try:
            came = await ask()
            if holds(came):
                return came
        except httpx.HTTPError as error:
            came = f"{type(error).__name__}: {error}"
        if asyncio.get_running_loop().time() > bound:
            raise UnmetError(f"{expected} within {seconds:.0f} s", came)
        await asyncio.sleep(_POLL_SECONDS)


@dataclass(frozen=True, kw_only=True)
class App:
    """An app of Marathon by its id without the slash, which is its name in Consul too."""

    name: str
    marathon: httpx.AsyncClient
    consul: httpx.AsyncClient

    async def create(self, definition: dict[str, Any]) -> None:
        answer = await self.marathon.post("/v2/apps", json=definition)
        if answer.status_code != httpx.codes.CREATED:
            raise UnmetError("201 Created from POST /v2/apps", f"{answer.status_code} {answer.text.strip()}")

    async def scale(self, instances: int) -> None:
        answer = await self.marathon.put(f"/v2/apps/{self.name}", json={"instances": instances})
        if not answer.is_success:
            raise UnmetError(f"Marathon to scale to {instances}", f"{answer.status_code} {answer.text.strip()}")

    async def remove(self) -> bool:
        """Take it away and wait until it is gone; whether it was there."""
        if (await self.marathon.delete(f"/v2/apps/{self.name}")).status_code == httpx.codes.NOT_FOUND:
            return False
        # An app is off the list before its last instance has ended, and can't be created anew until then.
        await until(self._deployments, lambda under_way: not under_way, "the app to go", _DEPLOYED_SECONDS)
        return True

    async def _deployments(self) -> list[str]:
        """The ids of the deployments of this app that are under way."""
        listed = (await self.marathon.get("/v2/deployments")).raise_for_status().json()
        return [each["id"] for each in listed if f"/{self.name}" in each.get("affectedApps", [])]

    async def deployed(self, instances: int) -> list[str]:
        """The hosts of the instances, once Marathon has no more to do; raises UnmetError."""

        async def ask() -> tuple[int, int, list[str]]:
            app = (await self.marathon.get(f"/v2/apps/{self.name}")).raise_for_status().json()["app"]
            hosts = [str(task["host"]) for task in app.get("tasks", []) if task.get("state") == "TASK_RUNNING"]
            return int(app["tasksRunning"]), len(app.get("deployments", [])), sorted(hosts)

        expected = f"{instances} running instances and no deployment under way"
        _, _, hosts = await until(ask, lambda came: came[:2] == (instances, 0), expected, _DEPLOYED_SECONDS)
        return hosts

    async def addresses(self, instances: int) -> list[str]:
        """ADDRESS:PORT of what Consul says is passing, once that is as many; raises UnmetError."""

        async def ask() -> list[str]:
            answer = await self.consul.get(f"/v1/health/service/{self.name}", params={"passing": "true"})
            found = [entry["Service"] for entry in answer.raise_for_status().json()]
            return sorted(f"{service['Address']}:{service['Port']}" for service in found)

        expected = f"{instances} passing instances of {self.name} in Consul"
        return await until(ask, lambda came: len(came) == instances, expected, _LISTED_SECONDS)


@dataclass
class Load:
    """Requests without a pause, some of them slow, for as long as it runs: what was answered, and what failed."""

    client: httpx.AsyncClient
    urls: Collection[str]
    headers: dict[str, str]
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    _stopping: bool = False

    async def run(self, workers: int = 8) -> None:
        """Until `stop`; the requests in flight then are finished."""
        await asyncio.gather(*(self._work(number) for number in range(workers)))

    def stop(self) -> None:
        self._stopping = True

    async def _work(self, number: int) -> None:
        urls = list(self.urls)
        turn = number
        while not self._stopping:
            path = "/slow?ms=1500" if turn % 3 == 0 else "/slow?ms=20"
            url = urls[turn % len(urls)] + path
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
