"""Requests to the demonstration's app through the load balancer while a fault lasts."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.rolling.outside import Outside
from tests.e2e.services.witness import HOST

_CALM = 15.0  # seconds: longer than a request may take to fail


@contextmanager
def requests(cluster: ProjectCopy) -> Iterator[Outside]:
    """20 a second, from the first answer until the body has ended."""
    outside = Outside(f"http://{cluster.stack.output('loadBalancer')}/", HOST)
    ready: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = SimpleQueue()

    async def run() -> None:
        stopping = asyncio.Event()
        ready.put((asyncio.get_running_loop(), stopping))
        await outside.run(stopping)

    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(asyncio.run, run())
        loop, stopping = ready.get(timeout=30)
        try:
            until(lambda: outside.answered > 20, "the first answers")
            yield outside
        finally:
            loop.call_soon_threadsafe(stopping.set)
            running.result()


def until_all_pass(outside: Outside, began: float, bound: float) -> float:
    """Seconds from `began` to the last failure that was seen, once none has followed it; within `bound`."""
    last, failed, answered = time.monotonic(), len(outside.failures), outside.answered
    while time.monotonic() - last < _CALM or outside.answered < answered + _CALM * outside.rate / 2:
        assert time.monotonic() - began < bound, f"after {bound:.0f} s: {outside.failures[-3:]}"
        if len(outside.failures) > failed:
            last, failed, answered = time.monotonic(), len(outside.failures), outside.answered
        time.sleep(0.2)
    return last - began
