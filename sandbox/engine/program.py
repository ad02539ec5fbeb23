"""Running the user's program in this process."""

import asyncio
import contextvars
import logging
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

from sandbox.engine.lines import LineWriter
from sandbox.engine.messages import Engine
from sandbox.engine.monitor import Monitor, Reported
from sandbox.engine.project import Project
from sandbox.engine.sdk_speed import faster_sdk

_PREVIEW_THREADS = 8


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. `config` are the full keys' texts, `secret_keys` which of them are secrets."""

    project: Project
    stack: str
    config: Mapping[str, str]
    secret_keys: frozenset[str]
    preview: bool
    parallel: int


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a program ended: `error` is what to show the user, "" when there is nothing to say."""

    ok: bool
    error: str = ""


def run(program: Program, monitor: Monitor, engine: Engine, say: Callable[[str], None]) -> Ending:
    """Runs it to its end, on the main thread. `say` hears each line it prints."""
    context = contextvars.copy_context()  # the SDK's settings live in context variables
    return context.run(_run, program, monitor, engine, say)


def _run(program: Program, monitor: Monitor, engine: Engine, say: Callable[[str], None]) -> Ending:
    set_all_config(dict(program.config), list(program.secret_keys))
    configure(
        Settings(
            project=program.project.name,
            stack=program.stack,
            monitor=monitor,
            engine=engine,
            parallel=program.parallel,
            dry_run=program.preview,
            organization="organization",
            root_directory=str(program.project.root),
        )
    )
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # futures of failed resources are never awaited
    loop = asyncio.new_event_loop()
    # Each registration under way holds a thread while the engine works on it. A preview works on none for long.
    threads = _PREVIEW_THREADS if program.preview else 4 * program.parallel
    pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="registration")
    loop.set_default_executor(pool)
    writer = LineWriter(say)
    with _imports(program.project), faster_sdk(), redirect_stdout(writer), redirect_stderr(writer):
        try:
            loop.run_until_complete(run_in_stack(lambda: _main(program.project.main)))
        except Exception as error:
            return _ending(error, program.project.main)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            loop.close()
            writer.flush()
    return Ending(ok=True)


def _main(path: Path) -> None:
    runpy.run_path(str(path), run_name="__main__")


def _ending(error: Exception, main: Path) -> Ending:
    if isinstance(error, Reported):
        return Ending(ok=False)
    if isinstance(error, pulumi.RunError):
        return Ending(ok=False, error=str(error))
    frames = traceback.extract_tb(error.__traceback__)
    first = next((index for index, frame in enumerate(frames) if frame.filename == str(main)), 0)
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=first - len(frames)))
    return Ending(ok=False, error=f"Program failed with an unhandled exception:\n{text}")


@contextmanager
def _imports(project: Project) -> Iterator[None]:
    """The program can import from its folder, and its next run starts from fresh modules."""
    folder = str(project.main.parent)
    before = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            source = getattr(sys.modules[name], "__file__", None) or ""
            if source.startswith(folder) and "site-packages" not in source and not name.startswith("sandbox."):
                del sys.modules[name]
