"""The demonstration's steps on one app, each with what it observed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from ops.demo.narration import say, step
from ops.demo.probes import Probes
from ops.demo.target import DemoSession, DemoTarget, connected
from ops.demo.traffic import Traffic
from ops.remote.errors import OperatorError
from ops.remote.waiting import UnmetError


async def demonstrate(target: DemoTarget, definition: Mapping[str, Any], *, keep: bool) -> None:
    """Run the whole demonstration; raises OperatorError with the step that failed.

    The app is removed before and afterwards, unless `keep` leaves it running.
    """
    async with connected(target, definition["id"].strip("/")) as session:
        say(
            f"Marathon is at {session.app.marathon.base_url} while this runs, Consul at {session.app.consul.base_url}"
        )
        async with step("Remove what an earlier demonstration left", session.connections):
            say("removed" if await session.app.remove() else "there was nothing")
        try:
            await Scenario(session).run(definition)
        except BaseException:
            await _end(session, keep=keep, must=False)
            raise
        await _end(session, keep=keep, must=True)


async def _end(session: DemoSession, *, keep: bool, must: bool) -> None:
    """Leave the app running or remove it; with `must`, an app that can't be removed is an error."""
    if keep:
        print(f"\n{session.app.name} keeps running; DELETE /v2/apps/{session.app.name} at Marathon removes it")
        return
    try:
        async with step("Remove the app", session.connections):
            await session.app.remove()
            say("removed")
    except OperatorError as error:
        if must:
            raise
        say(str(error))


class Scenario:
    """The steps, in their order, on one app."""

    def __init__(self, session: DemoSession) -> None:
        self._target, self._connections, self._app = session.target, session.connections, session.app
        self._outside, self._host = session.outside, session.host
        self._probes = Probes(session.connections)

    async def run(self, definition: Mapping[str, Any]) -> None:
        image = definition["container"]["docker"]["image"]
        async with step(f"Start two instances of {image} through Marathon", self._connections):
            await self._app.create(definition)
            addresses = await self._running(2)
        await self._by_address(addresses)
        await self._by_name(addresses)
        await self._from_outside(addresses)
        async with step("Scale to four instances", self._connections):
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
        title = "(1) Reach each instance by weave IP and port: the same port on each, none of them mapped"
        async with step(title, self._connections):
            for address in addresses:
                for line in await self._probes.by_address(address):
                    say(line)

    async def _by_name(self, addresses: Sequence[str]) -> None:
        port = addresses[0].partition(":")[2]
        name = f"{self._app.name}.{self._target.search_domain}:{port}"
        async with step(f"(2) Reach them as {name} from a container", self._connections):
            seen = await self._probes.by_name(f"http://{name}/", len(addresses))
            for container, times in sorted(seen.items()):
                say(f"{container} answered {times} times")

    async def _from_outside(self, addresses: Sequence[str]) -> None:
        timeouts, url = self._target.timeouts, self._target.front
        title = f"(3) Reach them from outside through the load balancer and HAProxy, Host: {self._host['Host']}"
        async with step(title, self._connections):
            try:
                seen = await timeouts.until(
                    lambda: self._served(url, 4 * len(addresses)),
                    lambda seen: len(seen) == len(addresses) and "" not in seen,
                    f"200 from each of {len(addresses)} instances by {url}",
                    seconds=timeouts.known,
                )
            except UnmetError as error:
                raise OperatorError(f"{error}: {await self._probes.behind_the_load_balancer()}") from error
            say(f"{url}: " + ", ".join(f"{name} {times} times" for name, times in sorted(seen.items())))

    async def _served(self, url: str, times: int) -> dict[str, int]:
        """The number of answers from each container; those other than 200 are counted under an empty name."""
        seen: dict[str, int] = {}
        for _ in range(times):
            answer = await self._outside.get(f"{url}/", headers=self._host)
            name = str(answer.json()["container"]) if answer.status_code == httpx.codes.OK else ""
            seen[name] = seen.get(name, 0) + 1
        return seen

    async def _back_to_two(self) -> None:
        settled = self._target.timeouts.settled
        async with step("Scale back to two instances while requests are in flight", self._connections):
            traffic = Traffic(client=self._outside, urls=[self._target.front], headers=self._host)
            running = asyncio.ensure_future(traffic.run())
            try:
                await asyncio.sleep(settled)
                await self._app.scale(2)
                await self._app.deployed(2)
                await self._app.addresses(2)
                await asyncio.sleep(settled)
            finally:
                traffic.stop()
                await running
            if traffic.failures or not traffic.answered:
                failed = f"{len(traffic.failures)} failures, such as {traffic.failures[:3]}"
                raise UnmetError("every request answered", failed)
            say(f"{traffic.answered} requests were answered, none failed")
