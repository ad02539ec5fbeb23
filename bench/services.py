"""How long a cluster with all services takes to its first and fourth instance's answer, and what HAProxy costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bench.figure import PERCENT, RATE, RUNS, Figure, timed
from bench.throughput import CONNECTIONS, SECONDS, Client
from bench.workspace import ProjectCopy, project_copy
from ops.demo.target import DemoSession, DemoTarget, connected, definition_of
from ops.remote.waiting import Timeouts

CONFIG: Mapping[str, Any] = {"masterCount": 3, "slaveCount": 2}
TEXT = (
    f"{CONFIG['masterCount']} masters and {CONFIG['slaveCount']} slaves of the sandbox with all services but Scope, "
    "their images cached. The app is the demonstration's. Requests per second are those of `wrk` with "
    f"{CONNECTIONS} connections for {SECONDS} s in the network of slave-1: the same client and the same single "
    "instance, which is on slave-2, directly at its weave address and through HAProxy on slave-1. All hosts and the "
    "client share this machine's processors."
)
_TIMEOUTS = Timeouts(poll=0.05)
_WARM_UP = 2


def services() -> Iterator[Figure]:
    ups, answers = [], []
    for _ in range(RUNS):
        with project_copy(CONFIG) as project:
            began = time.monotonic()
            project.make("up")
            ups.append(time.monotonic() - began)
            asyncio.run(_first_answer(project))
            answers.append(time.monotonic() - began)
    yield Figure(name="`make up`", runs=ups)
    yield Figure(name="from `make up` to the app's first answer through HAProxy", runs=answers, under=120)
    with project_copy(CONFIG) as project:
        project.make("up")
        yield asyncio.run(_fourth_answer(project))
        yield from asyncio.run(_throughput(project))
        yield timed("`make demo`", lambda: project.make("demo"))


@asynccontextmanager
async def _app(project: ProjectCopy, **changes: Any) -> AsyncIterator[DemoSession]:
    """A session with the demonstration's app running; `changes` go over its definition."""
    definition = definition_of(project.stack, "") | changes
    target = replace(DemoTarget.of(project.stack), timeouts=_TIMEOUTS)
    async with connected(target, definition["id"].strip("/")) as session, session.connections.fail_when_lost():
        await session.app.create(definition)
        yield session
        await session.app.remove()


async def _answered(session: DemoSession, instances: int) -> None:
    """Wait until so many instances have answered through the HAProxy of the first slave."""
    url, seen = session.target.front, set[str]()

    async def ask() -> int:
        answer = await session.outside.get(url, headers=session.host)
        if answer.is_success:
            seen.add(answer.json()["container"])
        return len(seen)

    wanted = f"answers of {instances} instances by {url}"
    await _TIMEOUTS.until(ask, lambda answered: answered >= instances, wanted, seconds=_TIMEOUTS.deployed)


async def _first_answer(project: ProjectCopy) -> None:
    async with _app(project) as session:
        await _answered(session, 1)


async def _fourth_answer(project: ProjectCopy) -> Figure:
    runs = []
    async with _app(project) as session:
        for _ in range(RUNS):
            await session.app.deployed(2)
            await session.app.addresses(2)
            began = time.monotonic()
            await session.app.scale(4)
            await _answered(session, 4)
            runs.append(time.monotonic() - began)
            await session.app.deployed(4)
            await session.app.scale(2)
    return Figure(name="from scaling from 2 to 4 instances to the fourth one's answer through HAProxy", runs=runs)


async def _throughput(project: ProjectCopy) -> list[Figure]:
    nodes = project.stack.nodes()
    there = nodes["slave-2"].private_address
    async with _app(project, instances=1, constraints=[["hostname", "CLUSTER", there]]) as session:
        (address,) = await session.app.addresses(1)
        await _answered(session, 1)
        client, host = Client(project=project, node="slave-1"), session.host["Host"]
        urls = (f"http://{address}/", f"http://{nodes['slave-1'].private_address}/")
        for url in urls:
            await asyncio.to_thread(client.rate, url, host, seconds=_WARM_UP)
        # In turn, so that other load on the machine affects both.
        pairs = [[await asyncio.to_thread(client.rate, url, host) for url in urls] for _ in range(RUNS)]
    return [
        Figure(name="requests directly to the container", runs=[direct for direct, _ in pairs], unit=RATE),
        Figure(name="requests to it through HAProxy", runs=[through for _, through in pairs], unit=RATE),
        Figure(
            name="through HAProxy / directly",
            runs=[100 * through / direct for direct, through in pairs],
            unit=PERCENT,
        ),
    ]
