"""What the SDK talks to in place of the real engine's gRPC services: plain objects of this process.

The SDK calls from a thread of its pool and waits; the engine's work runs in its own event loop.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2

from sandbox.engine.errors import EngineError
from sandbox.engine.failure import failure_of
from sandbox.engine.goal import goal_of
from sandbox.engine.plugins import Plugins
from sandbox.engine.provider_resource import ProviderResources
from sandbox.engine.register import Registrar
from sandbox.engine.resource import package_of
from sandbox.engine.run import Run, StepFailed
from sandbox.engine.structs import from_struct, to_struct

T = TypeVar("T")

_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON,
)
_RESULTS = {
    "success": resource_pb2.Result.SUCCESS,
    "failed": resource_pb2.Result.FAIL,
    "skipped": resource_pb2.Result.FAIL,  # to the program it is all the same
}


class Reported(pulumi.RunError):
    """Ends the program; the mistake behind it has been, or will be, shown by the engine."""


class Monitor:
    """The resource monitor: the methods of the gRPC service that programs use."""

    def __init__(
        self, run: Run, plugins: Plugins, providers: ProviderResources, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._run = run
        self._plugins = plugins
        self._providers = providers
        self._registrar = Registrar(run, plugins, providers)
        self._loop = loop
        self.mistake: EngineError | None = None
        """What ended the program, if the engine did."""

    def GetDeploymentInfo(self, request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802, ARG002
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802
        return request

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        _refuse_unserved(request)
        answer = self._wait(self._registrar.register(goal_of(request)))
        return resource_pb2.RegisterResourceResponse(
            urn=answer.urn, id=answer.id, object=to_struct(answer.outputs), result=_RESULTS[answer.result]
        )

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        self._wait(self._registrar.outputs(request.urn, from_struct(request.outputs)))
        return empty_pb2.Empty()

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        raise pulumi.RunError(
            f"{request.name}: this engine does not serve reads of existing resources; use ENGINE=pulumi"
        )

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        return self._wait(self._invoke(request))

    async def _invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:
        self._run.check_cancelled()
        if any(self._run.is_missing(urn) for urn in request.dependsOn):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        reference = request.provider
        if reference.rpartition("::")[0] in self._run.failed:
            raise EngineError(f"{request.tok}: its provider could not be set up")
        try:
            if not reference:
                reference = await self._providers.default(package_of(request.tok), request.version)
            plugin = self._plugins.at(reference)
            if not plugin.known:
                return resource_pb2.ResourceInvokeResponse(unknown=True)
            found, refusals = await plugin.invoke(request.tok, from_struct(request.args))
        except StepFailed:
            raise EngineError(f"{request.tok}: its provider could not be set up") from None
        except Exception as error:
            raise EngineError(f"{request.tok}: {failure_of(error)}") from error
        failures = [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in refusals]
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(found)}, failures=failures)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except EngineError as error:
            self.mistake = self.mistake or error
            raise Reported(str(error)) from error


def _refuse_unserved(request: resource_pb2.RegisterResourceRequest) -> None:
    """Options that would silently do nothing here are refused instead."""
    for given, name in (
        (request.remote, "a remote component"),
        (request.importId, "import_"),
        (request.transforms, "transforms"),
        (request.replace_with, "replace_with"),
    ):
        if given:
            raise pulumi.RunError(f"{request.name}: this engine does not serve {name}; use ENGINE=pulumi")
