"""What the SDK logs to in place of the real engine's gRPC service."""

import asyncio
from collections.abc import Mapping

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2

from sandbox.engine.events import Listener

_SEVERITIES: Mapping[int, str] = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class Engine:
    """The engine service: where `pulumi.log` goes."""

    def __init__(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        self._listener = listener
        self._loop = loop

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        if request.severity != engine_pb2.DEBUG:
            severity = _SEVERITIES[request.severity]
            self._loop.call_soon_threadsafe(self._listener.message, severity, request.message, request.urn)
        return empty_pb2.Empty()

    def RequirePulumiVersion(  # noqa: N802
        self,
        request: engine_pb2.RequirePulumiVersionRequest,  # noqa: ARG002 - this is no version of Pulumi's
    ) -> engine_pb2.RequirePulumiVersionResponse:
        return engine_pb2.RequirePulumiVersionResponse()
