"""A provider as the Pulumi CLI runs it: a process of its own, called over gRPC."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

import sandbox
from sandbox.providers.values import Plain, Properties, plain, properties

LAUNCHER = Path(sandbox.__file__).parent / "providers/bin/pulumi-resource"


class Failed(Exception):  # noqa: N818
    """The provider answered with an error: its text, as the CLI shows it."""


class Refused(Exception):  # noqa: N818
    """Check found something wrong: its reasons."""


@contextmanager
def plugin(package: str, **environment: str) -> Iterator[int]:
    """Its port while it runs, started through a link as by the CLI. Nothing listens where the CLI's server would."""
    with TemporaryDirectory() as folder:
        link = Path(folder, f"pulumi-resource-{package}")
        link.symlink_to(LAUNCHER)
        command = (link, "127.0.0.1:1", "--logtostderr")
        environ = {**os.environ, **environment}
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            try:
                yield int(process.stdout.readline())
            finally:
                process.terminate()


class Provider:
    """A plugin under a channel of this test's event loop."""

    def __init__(self, stub: ResourceProviderStub) -> None:
        self._stub = stub

    async def ask(self, method: str, request: Any) -> Any:
        """Raises Failed with the provider's own words."""
        try:
            return await getattr(self._stub, method)(request)
        except grpc.aio.AioRpcError as error:
            raise Failed(error.details()) from error

    async def configure(self, **inputs: Any) -> None:
        request = proto.ConfigureRequest(args=_wire(properties(inputs)), acceptSecrets=True)
        await self.ask("Configure", request)

    async def invoke(self, token: str, **arguments: Any) -> Plain:
        answer = await self.ask("Invoke", proto.InvokeRequest(tok=token, args=_wire(properties(arguments))))
        return plain(_unwired(getattr(answer, "return")))


@asynccontextmanager
async def provider_at(port: int) -> AsyncIterator[Provider]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_GRPC_CHANNEL_OPTIONS) as channel:
        yield Provider(ResourceProviderStub(channel))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a diff answers. `detailed`: property path -> such as UPDATE_REPLACE."""

    changes: bool
    diffs: list[str]
    replaces: list[str]
    detailed: dict[str, str]


class Resource:
    """One resource of one provider, taken through its life; `always` are inputs of every call.

    `state` is plain, empty where there is none.
    """

    def __init__(self, provider: Provider, token: str, name: str = "thing", **always: Any) -> None:
        self.provider, self._always = provider, always
        self.urn = f"urn:pulumi:test::apollo::{token}::{name}"
        self.id = ""
        self.raw: Properties = {}
        self.inputs: Properties = {}

    @property
    def state(self) -> Plain:
        return plain(self.raw)

    async def check(self, **inputs: Any) -> Properties:
        """The inputs as the provider completes them. Raises Refused."""
        request = proto.CheckRequest(
            urn=self.urn, olds=_wire(self.inputs), news=_wire(properties(self._always | inputs))
        )
        answer = await self.provider.ask("Check", request)
        if answer.failures:
            raise Refused("; ".join(failure.reason for failure in answer.failures))
        return _unwired(answer.inputs)

    async def create(self, *, preview: bool = False, **inputs: Any) -> Plain:
        news = await self.check(**inputs)
        request = proto.CreateRequest(urn=self.urn, properties=_wire(news), preview=preview)
        answer = await self.provider.ask("Create", request)
        self.inputs = news
        self.id, self.raw = answer.id, _unwired(answer.properties)
        return self.state

    async def diff(self, **inputs: Any) -> Difference:
        news = await self.check(**inputs)
        answer = await self.provider.ask("Diff", proto.DiffRequest(**self._known(), news=_wire(news)))
        return Difference(
            changes=answer.changes == proto.DiffResponse.DIFF_SOME,
            diffs=list(answer.diffs),
            replaces=list(answer.replaces),
            detailed={path: proto.PropertyDiff.Kind.Name(each.kind) for path, each in answer.detailedDiff.items()},
        )

    async def update(self, *, preview: bool = False, **inputs: Any) -> Plain:
        news = await self.check(**inputs)
        request = proto.UpdateRequest(**self._known(), news=_wire(news), preview=preview)
        self.raw = _unwired((await self.provider.ask("Update", request)).properties)
        return self.state

    async def read(self) -> tuple[str, Plain, Plain]:
        """id ("" when it is gone), live inputs, live state."""
        answer = await self._read()
        return answer.id, plain(_unwired(answer.inputs)), plain(_unwired(answer.properties))

    async def refresh(self) -> None:
        """What is live becomes what is known."""
        answer = await self._read()
        self.inputs, self.raw = _unwired(answer.inputs), _unwired(answer.properties)

    async def delete(self) -> None:
        request = proto.DeleteRequest(urn=self.urn, id=self.id, properties=_wire(self.raw))
        await self.provider.ask("Delete", request)

    async def _read(self) -> Any:
        known, inputs = _wire(self.raw), _wire(self.inputs)
        return await self.provider.ask(
            "Read", proto.ReadRequest(urn=self.urn, id=self.id, properties=known, inputs=inputs)
        )

    def _known(self) -> dict[str, Any]:
        return {"urn": self.urn, "id": self.id, "olds": _wire(self.raw)}


def _wire(values: Properties) -> Struct:
    return PropertyValue.marshal_map(values)


def _unwired(message: Struct) -> Properties:
    return dict(PropertyValue.unmarshal_map(message))
