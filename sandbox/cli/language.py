"""A language host for Python: what a CLI that was built from Go needs to run __main__.py.

The CLI starts `pulumi-language-python` with the address of its own gRPC server and reads a port from its stdout; a
request to that port runs the program in this process, on the main thread, as Pulumi's own host does.
"""

import asyncio
import logging
import os
import platform
import queue
import runpy
import select
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, language_pb2, language_pb2_grpc, plugin_pb2
from pulumi.runtime.stack import ResourceRegistrationFailed

Asked = tuple[Any, "Future[Any]"]
"""A RunRequest, and the RunResponse to come."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Puts what the CLI asks to be run into `asked`, and answers for everything else: there is nothing to install."""

    def __init__(self) -> None:
        self.asked: queue.SimpleQueue[Asked] = queue.SimpleQueue()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        answer: Future[Any] = Future()
        self.asked.put((request, answer))
        return answer.result()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.GetRequiredPackagesResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.GetProgramDependenciesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802, ARG002
        yield from ()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return empty_pb2.Empty()


def run(request: Any, engine: str) -> Any:
    """Run the program of a RunRequest to its end; returns a RunResponse. `engine` is the address of the CLI.

    What goes wrong is shown by the CLI, in the words of Pulumi's own host.
    """
    configure(
        Settings(
            project=request.project,
            stack=request.stack,
            root_directory=request.info.root_directory,
            parallel=request.parallel,
            engine=_engine(engine),
            monitor=request.monitor_address,
            dry_run=request.dryRun,
            organization=request.organization or "organization",
        )
    )
    set_all_config(dict(request.config), list(request.configSecretKeys))
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # the futures of failed resources are never awaited
    loop = asyncio.new_event_loop()
    # Each registration holds a thread while the engine works on it.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=4 * max(request.parallel, 1)))
    try:
        loop.run_until_complete(run_in_stack(lambda: _main(Path(request.info.program_directory))))
    except Exception as error:
        if text := _complaint(error):
            pulumi.log.error(text)
        return language_pb2.RunResponse(bail=True)
    finally:
        _end(loop)
    return language_pb2.RunResponse()


def _engine(address: str) -> Any:
    """The CLI's engine, which gets debug messages only if it was started with --debug.

    The SDK writes several for each resource, and the program waits while each is sent.
    """
    engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
    cli = Path(f"/proc/{os.getppid()}/cmdline").read_text().split("\0")
    if not {"-d", "--debug"}.intersection(cli):
        send = engine.Log
        engine.Log = lambda request: None if request.severity == engine_pb2.DEBUG else send(request)
    return engine


def _main(folder: Path) -> None:
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = [str(folder)]
    runpy.run_path(str(folder / "__main__.py"), run_name="__main__")


def _complaint(error: Exception) -> str:
    """What to show the user; "" where the engine has shown it already."""
    if isinstance(error, pulumi.RunError):
        return str(error)
    if isinstance(error, ResourceRegistrationFailed):  # from what depends on a resource that failed
        return ""
    if isinstance(error, grpc.RpcError):
        ended = error.code() == grpc.StatusCode.UNAVAILABLE
        return "" if ended else str(error.details())
    return f"Program failed with an unhandled exception:\n{''.join(traceback.format_exception(error))}"


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what a program that failed left undone."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            loop.run_until_complete(task)
    loop.close()
    sys.stdout.flush()
    sys.stderr.flush()


def _end_with(process: int) -> None:
    """End this process when `process` (a pidfd) ends: a CLI that was killed cannot stop its plugins."""
    select.select([process], [], [])
    os._exit(1)


def main(engine: str) -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the CLI shows a program's lines as they come
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which is how the CLI stops its plugins: nothing to trace
    cli = os.pidfd_open(os.getppid())  # before the port is printed: a CLI that was killed is no longer the parent
    threading.Thread(target=_end_with, args=(cli,), daemon=True).start()
    host = LanguageHost()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while True:
        request, answer = host.asked.get()
        try:
            answer.set_result(run(request, engine))
        except BaseException as error:
            answer.set_exception(error)
            raise


if __name__ == "__main__":
    main(next(word for word in sys.argv[1:] if not word.startswith("-")))
