"""What an engine does with a provider: check, then diff, then create, update or delete."""

from typing import Any

from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    Provider,
    ReadRequest,
    UpdateRequest,
)

from sandbox.providers.values import Properties, plain, properties


class Refused(Exception):  # noqa: N818
    """check() found something wrong: its reasons."""


class Resource:
    """One resource of one provider, taken through its life; `state` is plain, None where there is none."""

    def __init__(self, provider: Provider, token: str, name: str = "thing") -> None:
        self.provider = provider
        self.urn = f"urn:pulumi:test::apollo::{token}::{name}"
        self.id: str | None = None
        self.raw: Properties = {}
        self.inputs: Properties = {}

    @property
    def state(self) -> dict[str, Any]:
        return plain(self.raw)

    async def check(self, **inputs: Any) -> Properties:
        answer = await self.provider.check(CheckRequest(self.urn, self.inputs, properties(inputs), b""))
        if answer.failures:
            raise Refused("; ".join(failure.reason for failure in answer.failures))
        return dict(answer.inputs or {})

    async def create(self, *, preview: bool = False, **inputs: Any) -> dict[str, Any]:
        news = await self.check(**inputs)
        answer = await self.provider.create(CreateRequest(self.urn, news, timeout=0, preview=preview))
        self.inputs = news
        self.id, self.raw = answer.resource_id, answer.properties
        return self.state

    async def diff(self, **inputs: Any) -> DiffResponse:
        news = await self.check(**inputs)
        return await self.provider.diff(DiffRequest(self.urn, self.id or "", self.raw, news, []))

    async def update(self, *, preview: bool = False, **inputs: Any) -> dict[str, Any]:
        news = await self.check(**inputs)
        request = UpdateRequest(self.urn, self.id or "", self.raw, news, 0, [], preview)
        self.raw = (await self.provider.update(request)).properties
        return self.state

    async def read(self) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """id ("" when it is gone), live inputs, live state."""
        answer = await self.provider.read(ReadRequest(self.urn, self.id or "", self.raw, self.inputs))
        return answer.resource_id or "", plain(answer.inputs), plain(answer.properties)

    async def refresh(self) -> None:
        """What is live becomes what is known."""
        request = ReadRequest(self.urn, self.id or "", self.raw, self.inputs)
        answer = await self.provider.read(request)
        self.inputs, self.raw = answer.inputs, answer.properties

    async def delete(self) -> None:
        await self.provider.delete(DeleteRequest(self.urn, self.id or "", self.raw, 0))
