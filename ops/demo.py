"""`make demo`: the demonstration of the article, on any stack, each step with what came back."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncssh
import click
import httpx

from ops.app import App, Load, UnmetError, until
from ops.asking import Asking
from ops.hop import Hop
from ops.stack import PROJECT, OperatorError, Stack, complain
from ops.tunnel import Tunnel

DEFINITION = PROJECT / "examples" / "nodejs-rest-api" / "nodejs-rest-api-v1.json"
_PORT = 8080
_SETTLED_SECONDS = 3.0
_OUTSIDE_SECONDS = 300
"""A new load balancer takes minutes until its name is known."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A stack as the demonstration needs it.

    `front` are the URLs that lead to HAProxy from outside, `search_domain` is where containers look for names.
    """

    nodes: Mapping[str, Mapping[str, Any]]
    pages: Mapping[str, Sequence[str]]
    front: Sequence[str]
    domain: str
    search_domain: str
    private_key: str

    @classmethod
    def of(cls, stack: Stack) -> "Scene":
        nodes, pages = stack.nodes(), stack.output("uiUrls") or {}
        search_domain = next(iter(stack.output("searchDomains") or ()), "")
        missing = [name for name in ("consul", "marathon", "haproxy") if not pages.get(name)]
        missing += [] if search_domain else ["dns"]
        if missing:
            raise OperatorError(f"the demonstration needs {', '.join(missing)}, which the stack {stack.name} has not")
        return cls(
            nodes=nodes,
            pages=pages,
            front=front(nodes, stack.output("loadBalancer") or ""),
            domain=stack.output("domain"),
            search_domain=search_domain,
            private_key=stack.write_key_file().read_text(),
        )


def front(nodes: Mapping[str, Mapping[str, Any]], balancer: str) -> list[str]:
    """The load balancer's URL; the slaves' own where it is one that passes nothing on (RFC 2606's .invalid)."""
    if balancer and not balancer.endswith(".invalid"):
        return [f"http://{balancer}"]
    return [f"http://{node['address']}" for node in nodes.values() if node["role"] == "slave"]


@asynccontextmanager
async def step(title: str) -> AsyncIterator[None]:
    """Print the title, and put it before whatever goes wrong."""
    print(f"\n{title}", flush=True)
    try:
        yield
    except OperatorError as error:
        raise OperatorError(f"{title}: {error}") from error
    except (httpx.HTTPError, asyncssh.Error, OSError) as error:
        raise OperatorError(f"{title}: {type(error).__name__}: {error}") from error


def say(line: str) -> None:
    print(f"   {line}", flush=True)


class Demonstration:
    """The article's steps, in their order, on one app."""

    def __init__(self, scene: Scene, app: App, asking: Asking, outside: httpx.AsyncClient) -> None:
        self._scene, self._app, self._asking, self._outside = scene, app, asking, outside
        self._host = {"Host": f"{app.name}.{scene.domain}"}

    async def play(self, definition: dict[str, Any]) -> None:
        async with step(f"Marathon is asked for two instances of {definition['container']['docker']['image']}"):
            await self._app.create(definition)
            hosts = await self._app.deployed(2)
            addresses = await self._app.addresses(2)
            say(f"they run on {' and '.join(map(self._named, hosts))}; Consul lists {', '.join(addresses)}")
        await self._by_address(addresses)
        await self._by_name(addresses)
        await self._from_outside(addresses)
        async with step("Marathon is asked for four instances"):
            await self._app.scale(4)
            hosts = await self._app.deployed(4)
            addresses = await self._app.addresses(4)
            say(f"they run on {', '.join(map(self._named, hosts))}; Consul lists {', '.join(addresses)}")
        await self._by_name(addresses)
        await self._from_outside(addresses)
        await self._back_to_two()

    def _named(self, address: str) -> str:
        return self._asking.owner(address) or address

    async def _by_address(self, addresses: Sequence[str]) -> None:
        async with step("(1) by weave IP and port, the same port on each, none of them mapped"):
            for address in addresses:
                for line in await self._asking.by_address(address):
                    say(line)

    async def _by_name(self, addresses: Sequence[str]) -> None:
        name = f"{self._app.name}.{self._scene.search_domain}"
        async with step(f"(2) as {name}:{_PORT} from a container, in turn"):
            seen = await self._asking.by_name(f"http://{name}:{_PORT}/", len(addresses))
            for container, times in sorted(seen.items()):
                say(f"{container} answered {times} times")

    async def _from_outside(self, addresses: Sequence[str]) -> None:
        async with step(f"(3) from outside through HAProxy on port 80, Host: {self._host['Host']}"):
            for url in self._scene.front:
                seen = await until(
                    lambda url=url: self._served(url, 4 * len(addresses)),  # type: ignore[misc]
                    lambda came: len(came) == len(addresses) and "" not in came,
                    f"200 from each of {len(addresses)} instances by {url}",
                    _OUTSIDE_SECONDS if len(self._scene.front) == 1 else 60,
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
        async with step("Marathon is asked for two instances again, while requests are in flight"):
            load = Load(client=self._outside, urls=self._scene.front, headers=self._host)
            running = asyncio.ensure_future(load.run())
            try:
                await asyncio.sleep(_SETTLED_SECONDS)  # so that slow requests are under way everywhere
                await self._app.scale(2)
                await self._app.deployed(2)
                await self._app.addresses(2)
                await asyncio.sleep(_SETTLED_SECONDS)
            finally:
                load.stop()
                await running
            if load.failures or not load.answered:
                raise UnmetError(
                    "every request answered", f"{len(load.failures)} failures, such as {load.failures[:3]}"
                )
            say(f"{load.answered} requests were answered, none failed")


async def demonstrate(scene: Scene, definition: dict[str, Any], *, keep: bool) -> None:
    """All of it; raises OperatorError with the step that failed. The app goes at the end unless it is to stay."""
    async with AsyncExitStack() as stack:
        tunnel = Tunnel(scene.nodes, scene.private_key)
        stack.callback(tunnel.close)

        async def client(base: str = "") -> httpx.AsyncClient:
            return await stack.enter_async_context(httpx.AsyncClient(base_url=base, trust_env=False, timeout=30))

        marathon, consul = await tunnel.page(scene.pages["marathon"]), await tunnel.page(scene.pages["consul"])
        say(f"Marathon is at {marathon} and Consul at {consul} while this runs, through SSH")
        name = definition["id"].strip("/")
        app = App(
            name=name,
            marathon=await client(marathon.removesuffix("/ui/")),
            consul=await client(consul.removesuffix("/ui/")),
        )
        async with step("what an earlier demonstration left is removed"):
            say("removed" if await app.remove() else "there was nothing")
        hops = {}
        for node, facts in scene.nodes.items():
            hops[node] = await Hop.to(node, facts, scene.private_key)
            stack.callback(hops[node].close)
        try:
            await Demonstration(scene, app, Asking(hops), await client()).play(definition)
        finally:
            if keep:
                print(f"\n{name} stays; DELETE /v2/apps/{name} at Marathon removes it")
            else:
                async with step("the app is removed"):
                    await app.remove()
                    say("gone")


def definition_of(stack: Stack, image: str) -> dict[str, Any]:
    """The app's definition; its image by way of the stack's mirror, or `image` where one is given."""
    found: dict[str, Any] = json.loads(DEFINITION.read_text())
    registry = stack.pulumi("config", "get", "imageRegistry", check=False)
    mirror = registry.stdout.strip() if registry.returncode == 0 else ""
    docker = found["container"]["docker"]
    docker["image"] = image or (f"{mirror}/{docker['image']}" if mirror else docker["image"])
    return found


@click.command()
@click.argument("stack")
@click.option("--image", default="", help="The image of the app, in place of the one in its definition.")
@click.option("--keep", is_flag=True, help="Leave the app running at the end.")
def main(stack: str, image: str, keep: bool) -> None:
    """Run the article's demonstration on the stack STACK; status 1 when a step does not come out."""
    chosen = Stack(stack)
    try:
        asyncio.run(demonstrate(Scene.of(chosen), definition_of(chosen, image), keep=keep))
    except OperatorError as error:
        print()
        complain(error)
    print("\nAll of it came out as the article has it.")


if __name__ == "__main__":
    main()
