"""What one preview, update or destroy knows while it goes, and how it carries out a step."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from sandbox.engine.errors import Cancelled
from sandbox.engine.events import Listener, Step
from sandbox.engine.failure import failure_of
from sandbox.engine.resource import Resource
from sandbox.engine.state import State


class StepFailed(Exception):  # noqa: N818 - it says that the error has been shown
    """A step failed and has been reported."""


@dataclass(kw_only=True)
class Outcome:
    """What a step turned out to be."""

    step: Step


@dataclass(kw_only=True, eq=False)
class Run:
    """Shared by all that happens in one operation; used by the engine's one thread only."""

    project: str
    stack: str
    state: State
    listener: Listener
    preview: bool
    parallel: int
    olds: dict[str, Resource] = field(init=False)
    """By URN: what there was before, without what is marked to be deleted."""
    news: dict[str, Resource] = field(default_factory=dict)
    """By URN: what the program has registered, in its new form."""
    registered: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    """URNs that failed or were skipped."""
    deleted: set[str] = field(default_factory=set)
    """URNs of which an instance is being, or was, deleted in this run."""
    errors: int = 0
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.olds = {resource.urn: resource for resource in self.state if not resource.delete}
        self._slots = asyncio.Semaphore(self.parallel)

    def check_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled("cancelled: nothing more was started")

    def error(self, text: str, urn: str = "") -> None:
        """Reports a mistake that is nobody's step."""
        self.errors += 1
        self.listener.message("error", text, urn)

    def is_missing(self, urn: str) -> bool:
        """Whether a registered resource is not there: it failed, or a preview would make it."""
        new = self.news.get(urn)
        return urn in self.failed or (self.preview and new is not None and new.custom and not new.id)

    @contextmanager
    def reporting(self, step: Step) -> Iterator[None]:
        """Around the work of deciding on a step: a mistake there counts as the step's failure."""
        started = time.monotonic()
        try:
            yield
        except (Cancelled, StepFailed):
            raise
        except Exception as error:
            self._fail(step, started, error)
            raise StepFailed(step.urn) from error

    def _fail(self, step: Step, started: float, error: Exception) -> None:
        self.errors += 1
        self.failed.add(step.urn)
        self.listener.failed(step, time.monotonic() - started, failure_of(error))

    @asynccontextmanager
    async def step(self, step: Step, *, slot: bool = True) -> AsyncIterator["Outcome"]:
        """Around the work of a step: waits for a free slot, times it, tells the listener.

        What comes of it is told as the Outcome's step, should that turn out otherwise.
        Raises StepFailed in place of whatever went wrong inside.
        """
        if slot:
            await self._slots.acquire()
        started = time.monotonic()
        try:
            self.check_cancelled()
            self.listener.started(step)
            outcome = Outcome(step=step)
            yield outcome
        except (Cancelled, StepFailed):
            raise
        except Exception as error:
            self._fail(step, started, error)
            raise StepFailed(step.urn) from error
        else:
            self.listener.finished(outcome.step, time.monotonic() - started)
        finally:
            if slot:
                self._slots.release()

    @asynccontextmanager
    async def operation(self, kind: str, resource: Resource) -> AsyncIterator[None]:
        """Around a call that changes the world: the state says that it is under way, and then that it is not."""
        self.state.began(kind, resource)
        await self.state.commit()
        try:
            yield
        finally:
            self.state.ended(resource.urn)
            await self.state.commit()
