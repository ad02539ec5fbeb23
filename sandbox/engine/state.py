"""A stack's state while an operation runs, and how it reaches the disk after every step.

Resources that this run has dealt with come first, in the order in which that happened, so that a
resource always stands after what it depends on; what the run has not reached yet follows as it was.
"""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from sandbox.engine.backend import Backend
from sandbox.engine.checkpoint import Deployment, Operation, render
from sandbox.engine.codec import Codec
from sandbox.engine.resource import Resource


class State:
    """Resources in memory; used by one thread. `commit` makes all that was changed so far durable."""

    def __init__(self, deployment: Deployment, store: "Store | None" = None) -> None:
        self._base = dict(enumerate(deployment.resources))  # by place, which a changed resource keeps
        self._new: dict[int, Resource] = {}
        self._place = {id(resource): place for place, resource in self._base.items()}
        self._next = len(self._base)
        self._operations = {operation.resource.urn: operation for operation in deployment.operations}
        self._store = store
        self._changed = False
        self.extra = deployment.extra

    def __iter__(self) -> Iterator[Resource]:
        yield from self._new.values()
        yield from self._base.values()

    @property
    def operations(self) -> Iterable[Operation]:
        return self._operations.values()

    def untouched(self) -> list[Resource]:
        """What was there before the run and was neither kept nor replaced by it."""
        return list(self._base.values())

    def began(self, kind: str, resource: Resource) -> None:
        self._operations[resource.urn] = Operation(resource=resource, kind=kind)
        self._changed = True

    def ended(self, urn: str) -> None:
        """The operation on `urn` is over, well or badly."""
        self._changed |= self._operations.pop(urn, None) is not None

    def put(self, new: Resource, old: Resource | None = None) -> None:
        """`new` exists; `old`, of the time before, is superseded."""
        self._move(new, old)
        self._changed = True

    def keep(self, new: Resource, old: Resource, *, changed: bool) -> None:
        """`old` stays, as `new`; the next write will do for what little may have `changed`."""
        self._move(new, old)
        self._changed |= changed

    def _move(self, new: Resource, old: Resource | None) -> None:
        if old is not None:
            self._forget(old)
        self._place[id(new)] = self._next
        self._new[self._next] = new
        self._next += 1

    def alter(self, old: Resource, new: Resource) -> None:
        """Puts `new` in the place of `old`, wherever that is."""
        place = self._place.pop(id(old))
        (self._base if place in self._base else self._new)[place] = new
        self._place[id(new)] = place
        self._changed = True

    def remove(self, resource: Resource) -> None:
        self._forget(resource)
        self._changed = True

    def _forget(self, resource: Resource) -> None:
        place = self._place.pop(id(resource))
        self._base.pop(place, None)
        self._new.pop(place, None)

    async def commit(self) -> None:
        """Returns when a state file with everything up to now is on the disk."""
        if self._store is not None:
            await self._store.save(self, changed=self._changed)

    def _saved(self, *, well: bool = True) -> None:
        self._changed = not well


class Store:
    """Writes a State to its file. Steps that end while a write is under way share the next one.

    So no step's result is acknowledged before it is on the disk, and the number of writes is bounded
    by the time that writing takes, not by the number of steps.
    """

    def __init__(self, backend: Backend, stack: str, codec: Codec) -> None:
        self.backend = backend
        self.stack = stack
        self.codec = codec
        self.writes = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")  # not in line behind providers' calls
        self._landed = asyncio.Event()
        self._landed.set()

    async def save(self, state: State, *, changed: bool) -> None:
        if not changed:
            await self._landed.wait()  # what is being written right now may be the caller's
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(state))
        await future

    async def _write(self, state: State) -> None:
        await asyncio.sleep(0)  # whoever else is ready to write comes along
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            self._landed.clear()
            state._saved()
            try:
                pieces = self.rendered(state)
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._thread, self.backend.write, self.stack, pieces)
            except Exception as error:
                state._saved(well=False)
                _finish(waiting, error)
            else:
                self.writes += 1
                _finish(waiting, None)
            self._landed.set()

    def rendered(self, state: State) -> list[bytes]:
        name = f"organization/{self.backend.project}/{self.stack}"
        return render(name, self.codec, state, state.operations, state.extra)


def _finish(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in waiting:
        if future.done():  # whoever waited was cancelled
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
