"""Serves one of the sandbox's providers to the Pulumi CLI: a gRPC server whose port is the first line of stdout.

The SDK's own `main` would do, but it ends every error with a stack trace for the user to read.
"""

import asyncio
import importlib
import importlib.metadata
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.providers.assets import complete, keep_hashes
from sandbox.providers.failure import ProviderError

PROVIDERS = {"aws": "AwsProvider", "command": "CommandProvider"}
"""Package -> its class in sandbox.providers.<package>."""

_Method = Callable[..., Coroutine[Any, Any, Any]]


def _in_a_sentence(method: _Method) -> _Method:
    """The SDK wraps what a provider raises, with its trace; the provider's own words are underneath."""

    async def call(self: ProviderServicer, request: Any, context: Any) -> Any:
        for _, value in request.ListFields():
            if isinstance(value, Struct):
                complete(value)
        try:
            return await method(self, request, context)
        except NotImplementedError:
            raise
        except Exception as error:
            cause = error.__context__
            text = str(cause) if isinstance(cause, ProviderError) else str(error)
            await context.abort(grpc.StatusCode.UNKNOWN, text)

    return call


class _Servicer(ProviderServicer):
    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer = await _in_a_sentence(ProviderServicer.Check)(self, request, context)
        keep_hashes(request.news, answer.inputs)
        return answer

    Diff = _in_a_sentence(ProviderServicer.Diff)
    Create = _in_a_sentence(ProviderServicer.Create)
    Read = _in_a_sentence(ProviderServicer.Read)
    Update = _in_a_sentence(ProviderServicer.Update)
    Delete = _in_a_sentence(ProviderServicer.Delete)
    Invoke = _in_a_sentence(ProviderServicer.Invoke)
    Configure = _in_a_sentence(ProviderServicer.Configure)


async def serve(package: str, engine: str) -> None:
    """Until the CLI ends. `engine` is the address of the CLI's own gRPC server."""
    cli = os.pidfd_open(os.getppid())  # before the port is printed: a CLI that was killed is no longer the parent
    provider = getattr(importlib.import_module(f"sandbox.providers.{package}"), PROVIDERS[package])()
    # The CLI asks for the version of the SDK with which the program was written.
    version = importlib.metadata.version(f"pulumi-{package}")
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    servicer = _Servicer([], version, provider, engine_address=engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await _end_of(cli)
    await server.stop(grace=None)


async def _end_of(process: int) -> None:
    """Returns when `process` (a pidfd) has ended: a CLI that was killed cannot stop its plugins."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(process, ended.set)
    await ended.wait()


if __name__ == "__main__":
    package, *addresses = [word for word in sys.argv[1:] if not word.startswith("-")]
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the CLI stops its plugins by it: no trace
    asyncio.run(serve(package, addresses[0] if addresses else ""))
