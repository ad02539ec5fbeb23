"""How long the article's cluster takes to its first answer and to its fourth instance, and how much HAProxy costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from ops.bench.copy import rehearsal
from ops.bench.figure import PERCENT, RATE, RUNS, Figure, timed
from ops.bench.throughput import CONNECTIONS, SECONDS, Client
from ops.rehearsal import Project
from ops.stage import Scene, Stage, connected, definition_of
from ops.waiting import Patience

CONFIG: Mapping[str, Any] = {"masterCount": 3, "slaveCount": 2}
TEXT = (
    f"{CONFIG['masterCount']} masters and {CONFIG['slaveCount']} slaves of the sandbox with all services but Scope, "
    "their images there. The app is the demonstration's. Requests per second are those of `wrk` with "
    f"{CONNECTIONS} connections for {SECONDS} s in the network of slave-1: the same client and the same single "
    "instance, which is on slave-2, straight to its weave address and through HAProxy on slave-1. All hosts and the "
    "client share this machine's processors."
)
_PATIENCE = Patience(poll=0.05)
_WARM_UP = 2


def article() -> Iterator[Figure]:
    ups, answers = [], []
    for _ in range(RUNS):
        with rehearsal(CONFIG) as project:
            began = time.monotonic()
            project.make("up")
            ups.append(time.monotonic() - began)
            asyncio.run(_first_answer(project))
            answers.append(time.monotonic() - began)
    yield Figure(name="`make up`", runs=ups)
    yield Figure(name="from `make up` to the app's first answer through HAProxy", runs=answers, under=120)
    with rehearsal(CONFIG) as project:
        project.make("up")
        yield asyncio.run(_fourth_answer(project))
        yield from asyncio.run(_throughput(project))
        yield timed("`make demo`", lambda: project.make("demo"))


@asynccontextmanager
async def _app(project: Project, **changes: Any) -> AsyncIterator[Stage]:
    """The stage of the demonstration's app, which runs while this lasts; `changes` go over its definition."""
    definition = definition_of(project.stack, "") | changes
    scene = replace(Scene.of(project.stack), patience=_PATIENCE)
    async with connected(scene, definition["id"].strip("/")) as stage, stage.hops.held():
        await stage.app.create(definition)
        yield stage
        await stage.app.remove()


async def _answered(stage: Stage, instances: int) -> None:
    """Returns when so many instances have answered through the HAProxy of the first slave."""
    url, seen = stage.scene.front[0], set[str]()

    async def ask() -> int:
        answer = await stage.outside.get(url, headers=stage.host)
        if answer.is_success:
            seen.add(answer.json()["container"])
        return len(seen)

    wanted = f"answers of {instances} instances by {url}"
    await _PATIENCE.until(ask, lambda came: came >= instances, wanted, seconds=_PATIENCE.deployed)


async def _first_answer(project: Project) -> None:
    async with _app(project) as stage:
        await _answered(stage, 1)


async def _fourth_answer(project: Project) -> Figure:
    runs = []
    async with _app(project) as stage:
        for _ in range(RUNS):
            await stage.app.deployed(2)
            await stage.app.addresses(2)
            began = time.monotonic()
            await stage.app.scale(4)
            await _answered(stage, 4)
            runs.append(time.monotonic() - began)
            await stage.app.deployed(4)
            await stage.app.scale(2)
    return Figure(name="from scaling to 4, with 2 there, to the fourth instance's answer through HAProxy", runs=runs)


async def _throughput(project: Project) -> list[Figure]:
    nodes = project.stack.nodes()
    there = nodes["slave-2"]["privateAddress"]
    async with _app(project, instances=1, constraints=[["hostname", "CLUSTER", there]]) as stage:
        (address,) = await stage.app.addresses(1)
        await _answered(stage, 1)
        client, host = Client(project=project, node="slave-1"), stage.host["Host"]
        urls = (f"http://{address}/", f"http://{nodes['slave-1']['privateAddress']}/")
        for url in urls:
            await asyncio.to_thread(client.rate, url, host, seconds=_WARM_UP)
        # In turn, so that whatever else the machine does falls on both.
        pairs = [[await asyncio.to_thread(client.rate, url, host) for url in urls] for _ in range(RUNS)]
    return [
        Figure(name="requests straight to the container", runs=[straight for straight, _ in pairs], unit=RATE),
        Figure(name="requests to it through HAProxy", runs=[through for _, through in pairs], unit=RATE),
        Figure(
            name="the latter, of the former",
            runs=[100 * through / straight for straight, through in pairs],
            unit=PERCENT,
        ),
    ]
