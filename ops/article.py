"""The article's steps on one app, each told with what came back."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncssh
import httpx

from ops.asking import Asking
from ops.hops import Hops
from ops.load import Load
from ops.stack import OperatorError
from ops.stage import Stage
from ops.waiting import UnmetError


@asynccontextmanager
async def step(title: str, hops: Hops) -> AsyncIterator[None]:
    """Print the title, and put it before whatever goes wrong; a lost connection ends the step at once."""
    print(f"\n{title}", flush=True)
    try:
        async with hops.held():
            yield
    except OperatorError as error:
        raise OperatorError(f"{title}: {error}") from error
    except (httpx.HTTPError, asyncssh.Error, OSError) as error:
        raise OperatorError(f"{title}: {type(error).__name__}: {error}") from error


def say(line: str) -> None:
    print(f"   {line}", flush=True)


class Demonstration:
    """The article's steps, in their order, on one app."""

    def __init__(self, stage: Stage) -> None:
        self._scene, self._hops, self._app, self._outside = stage.scene, stage.hops, stage.app, stage.outside
        self._host = stage.host
        self._asking = Asking(stage.hops)

    async def play(self, definition: Mapping[str, Any]) -> None:
        async with step(
            f"Marathon is asked for two instances of {definition['container']['docker']['image']}", self._hops
        ):
            await self._app.create(definition)
            addresses = await self._running(2)
        await self._by_address(addresses)
        await self._by_name(addresses)
        await self._from_outside(addresses)
        async with step("Marathon is asked for four instances", self._hops):
            await self._app.scale(4)
            addresses = await self._running(4)
        await self._by_name(addresses)
        await self._from_outside(addresses)
        await self._back_to_two()

    async def _running(self, instances: int) -> list[str]:
        nodes = await self._app.deployed(instances)
        addresses = await self._app.addresses(instances)
        say(f"they run on {', '.join(nodes)}; Consul lists {', '.join(addresses)}")
        return addresses

    async def _by_address(self, addresses: Sequence[str]) -> None:
        async with step("(1) by weave IP and port, the same port on each, none of them mapped", self._hops):
            for address in addresses:
                for line in await self._asking.by_address(address):
                    say(line)

    async def _by_name(self, addresses: Sequence[str]) -> None:
        port = addresses[0].partition(":")[2]
        name = f"{self._app.name}.{self._scene.search_domain}:{port}"
        async with step(f"(2) as {name} from a container, in turn", self._hops):
            seen = await self._asking.by_name(f"http://{name}/", len(addresses))
            for container, times in sorted(seen.items()):
                say(f"{container} answered {times} times")

    async def _from_outside(self, addresses: Sequence[str]) -> None:
        patience, front = self._scene.patience, self._scene.front
        async with step(f"(3) from outside through HAProxy on port 80, Host: {self._host['Host']}", self._hops):
            for url in front:
                seen = await patience.until(
                    lambda url=url: self._served(url, 4 * len(addresses)),  # type: ignore[misc]
                    lambda came: len(came) == len(addresses) and "" not in came,
                    f"200 from each of {len(addresses)} instances by {url}",
                    seconds=patience.known if len(front) == 1 else patience.served,
                )
                say(f"{url}: " + ", ".join(f"{name} {times} times" for name, times in sorted(seen.items())))

    async def _served(self, url: str, times: int) -> dict[str, int]:
        """How many times each container answered; under no name what was not answered with 200."""
        seen: dict[str, int] = {}
        for _ in range(times):
            answer = await self._outside.get(f"{url}/", headers=self._host)
            name = str(answer.json()["container"]) if answer.status_code == httpx.codes.OK else ""
            seen[name] = seen.get(name, 0) + 1
        return seen

    async def _back_to_two(self) -> None:
        settled = self._scene.patience.settled
        async with step("Marathon is asked for two instances again, while requests are in flight", self._hops):
            load = Load(client=self._outside, urls=self._scene.front, headers=self._host)
            running = asyncio.ensure_future(load.run())
            try:
                await asyncio.sleep(settled)
                await self._app.scale(2)
                await self._app.deployed(2)
                await self._app.addresses(2)
                await asyncio.sleep(settled)
            finally:
                load.stop()
                await running
            if load.failures or not load.answered:
                failed = f"{len(load.failures)} failures, such as {load.failures[:3]}"
                raise UnmetError("every request answered", failed)
            say(f"{load.answered} requests were answered, none failed")
