"""All that is observed of a cluster while it changes, in a thread of its own."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.rolling.inside import Inside
from tests.e2e.rolling.leaders import Leaders
from tests.e2e.rolling.outside import Outside
from tests.e2e.services.witness import HOST

ELECTION = 30.0
"""Seconds that one election may take: Mesos' contenders wait 10 s for ZooKeeper's session of the last leader to end,
which ZooKeeper's own election may precede."""
SILENCE = 6.0
"""Seconds that a majority of members may seem silent: two rounds of questions, each with its timeout."""


@dataclass(frozen=True)
class Watch:
    outside: Outside
    inside: Inside
    leaders: Leaders

    def trouble(self) -> list[str]:
        """What a user of the cluster would have noticed; nothing if all went well."""
        found = [f"outside: {failure}" for failure in self.outside.failures]
        found += [f"inside: {failure}" for failure in self.inside.failures]
        for name, service in self.leaders.services.items():
            if service.leaderless.longest > ELECTION:
                found.append(f"{name} had no leader for {service.leaderless.longest:.0f} s")
            if service.minority.longest > SILENCE:
                found.append(f"a majority of {name} was silent for {service.minority.longest:.0f} s")
        return found

    def __str__(self) -> str:
        led = (
            f"{name}: {len(service.leaders)} leaders, {service.leaderless.longest:.1f} s without one"
            for name, service in self.leaders.services.items()
        )
        return (
            f"outside {self.outside.answered} answers, {len(self.outside.failures)} failures; "
            f"inside {self.inside.answered}, {len(self.inside.failures)}, "
            f"{self.inside.silent:.1f} s without an answer; {'; '.join(led)}"
        )


@contextmanager
def watched(cluster: ProjectCopy, masters: Sequence[str], majority: int) -> Iterator[Watch]:
    """While the body runs; `masters` are the addresses of all that exist before or after it."""
    front = cluster.stack.output("loadBalancer")
    watch = Watch(
        Outside(f"http://{front}/", HOST),
        Inside(cluster.stack, {"slave-1": "slave-2", "master-1": "master-2"}),
        Leaders(masters, majority),
    )
    ready: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = SimpleQueue()

    async def run() -> None:
        stopping = asyncio.Event()
        ready.put((asyncio.get_running_loop(), stopping))
        async with asyncio.TaskGroup() as group:
            for part in (watch.outside, watch.inside, watch.leaders):
                group.create_task(part.run(stopping))

    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(asyncio.run, run())
        loop, stopping = ready.get(timeout=30)
        try:
            until(lambda: watch.outside.answered > 20 and watch.inside.answered > 20, "the first answers")
            yield watch
        finally:
            loop.call_soon_threadsafe(stopping.set)
            running.result()
