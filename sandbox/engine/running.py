"""What every operation needs around it: the state, the engine's loop, and a way to be stopped."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.engine.checkpoint import Deployment
from sandbox.engine.events import Listener
from sandbox.engine.loop import EngineLoop, engine_loop
from sandbox.engine.plugins import Plugins, Registry
from sandbox.engine.run import Run
from sandbox.engine.session import Session
from sandbox.engine.state import State, Store

PARALLEL = 64


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the four operations have in common."""

    preview: bool
    refresh: bool = False
    parallel: int = PARALLEL


@contextmanager
def running(
    session: Session, registry: Registry, listener: Listener, options: Options
) -> Iterator[tuple[Run, Plugins, EngineLoop]]:
    deployment = session.load()
    store = None if options.preview else Store(session.backend, session.stack, session.codec)
    with engine_loop() as loop:
        run = Run(
            project=session.project.name,
            stack=session.stack,
            state=State(_without_stale(deployment, listener, quiet=options.preview), store),
            listener=listener,
            preview=options.preview,
            parallel=options.parallel,
        )
        with _interruptible(run, loop):
            yield run, Plugins(run, registry), loop


def _without_stale(deployment: Deployment, listener: Listener, *, quiet: bool) -> Deployment:
    """Operations that a killed run left behind: creations are tried again, the others show in the diff."""
    if not quiet:
        for operation in deployment.operations:
            listener.message(
                "warning",
                f"an earlier run was interrupted while {operation.kind} this: it is tried again where still needed",
                operation.resource.urn,
            )
    creating = [operation for operation in deployment.operations if operation.kind == "creating"]
    return Deployment(
        resources=deployment.resources, operations=creating, salt=deployment.salt, extra=deployment.extra
    )


@contextmanager
def _interruptible(run: Run, loop: EngineLoop) -> Iterator[None]:
    """Ctrl-C lets running steps end and starts no more; a second one leaves at once, the state as it is."""

    def interrupted(number: int, _frame: Any) -> None:
        if run.cancelled:
            os._exit(128 + number)  # the state is on the disk, and a dead process holds no lock
        run.cancelled = True
        text = "stopping: running steps are finished first, the state is kept (again to leave at once)"
        loop.loop.call_soon_threadsafe(run.listener.message, "warning", text, "")

    before = _handle(interrupted)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _handle(handler: Callable[[int, Any], None]) -> Mapping[int, Any]:
    try:
        return {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread
        return {}
