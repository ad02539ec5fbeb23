"""The engine's own event loop, in a thread: the program has the main one."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_THREADS = 64


class EngineLoop:
    """Runs coroutines in its thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        # Providers put their blocking calls here; the usual few threads would hold up steps that could run.
        self.loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="provider"))
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it there, and waits for what it returns or raises."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        self.call(_cancel_rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _cancel_rest() -> None:
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()


@contextmanager
def engine_loop() -> Iterator[EngineLoop]:
    loop = EngineLoop()
    try:
        yield loop
    finally:
        loop.close()
