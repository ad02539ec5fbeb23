"""A provider of nothing: what its resources do is written in their inputs, and it remembers what was asked of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass
class World:
    """What the provider was asked to do, in order, as (what, resource name); and what is out there."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    things: dict[str, dict[str, PropertyValue]] = field(default_factory=dict)
    configured: list[dict[str, str]] = field(default_factory=list)
    given: dict[str, dict[str, PropertyValue]] = field(default_factory=dict)
    made: int = 0
    running: int = 0
    most: int = 0

    def done(self, what: str) -> list[str]:
        """Names, in the order of the calls; previews are "preview-create" and so on."""
        return [name for kind, name in self.calls if kind == what]

    def plain(self, name: str) -> dict[str, Any]:
        """What the provider was last given to make or update `name` with."""
        return {key: value.value for key, value in self.given[name].items()}


class Fake(sdk.Provider):
    """Serves fake:index:Thing.

    Inputs with a meaning: `replace*` forces a replacement; `fail` and `failUpdate` hold an error text, `failDelete`
    too; `meet` holds how many creations must be under way at once; `slow` takes a moment; `dbr` makes
    replacements delete first;
    `refused` is refused by check. All inputs come back as outputs, with `out` (known once it is made) and `token`.
    """

    def __init__(self, world: World, *, secrets: bool = True, previews: bool = True) -> None:
        self.world = world
        self.secrets = secrets
        self.previews = previews

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        self.world.configured.append({key: str(value.value) for key, value in request.args.items()})
        return sdk.ConfigureResponse(accept_secrets=self.secrets, supports_preview=self.previews)

    async def diff_config(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        moved = request.old_state.get("region") != request.new_inputs.get("region")
        return sdk.DiffResponse(changes=moved, replaces=["region"] if moved else [])

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        failures = [sdk.CheckFailure("refused", "it is refused")] if "refused" in request.new_inputs else []
        return sdk.CheckResponse(inputs=request.new_inputs, failures=failures)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        old = {key: value for key, value in request.old_state.items() if key not in ("out", "token")}
        changed = sorted(
            key for key in {*old, *request.new_inputs} if _bare(old.get(key)) != _bare(request.new_inputs.get(key))
        )
        replaces = [key for key in changed if key.startswith("replace")]
        kinds = {
            key: sdk.PropertyDiffKind.UPDATE_REPLACE if key in replaces else sdk.PropertyDiffKind.UPDATE
            for key in changed
        }
        return sdk.DiffResponse(
            changes=bool(changed),
            replaces=replaces,
            diffs=changed,
            delete_before_replace="dbr" in request.new_inputs,
            detailed_diff={key: sdk.PropertyDiff(kind, True) for key, kind in kinds.items()},
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        world, inputs = self.world, request.properties
        world.calls.append(("preview-create" if request.preview else "create", request.name))
        if request.preview:
            return sdk.CreateResponse("", {**inputs, "out": PropertyValue(UNKNOWN), "token": PropertyValue(UNKNOWN)})
        world.given[request.name] = inputs
        world.running += 1
        world.most = max(world.most, world.running)
        try:
            await self._meet(inputs)
            _fail(inputs, "fail")
        finally:
            world.running -= 1
        made = {**inputs, "out": PropertyValue(f"out-{request.name}"), "token": PropertyValue("t0ken")}
        world.made += 1
        identity = f"{request.name}-{world.made}"
        world.things[identity] = made
        return sdk.CreateResponse(identity, made)

    async def _meet(self, inputs: dict[str, PropertyValue]) -> None:
        if "meet" in inputs:
            async with asyncio.timeout(10):
                while self.world.most < int(inputs["meet"].value):  # type: ignore[arg-type]
                    await asyncio.sleep(0.001)
        if "slow" in inputs:
            await asyncio.sleep(0.02)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        self.world.calls.append(("preview-update" if request.preview else "update", request.name))
        self.world.given[request.name] = request.news
        if not request.preview:
            _fail(request.news, "failUpdate")
        made = {**request.news, "out": request.olds["out"], "token": request.olds["token"]}
        if not request.preview:
            self.world.things[request.resource_id] = made
        return sdk.UpdateResponse(made)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        self.world.calls.append(("delete", request.name))
        _fail(request.properties, "failDelete")
        self.world.things.pop(request.resource_id, None)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        self.world.calls.append(("read", request.name))
        live = self.world.things.get(request.resource_id)
        if live is None:
            return sdk.ReadResponse(resource_id="")
        inputs = {key: live[key] for key in request.inputs}
        return sdk.ReadResponse(resource_id=request.resource_id, properties=live, inputs=inputs)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        self.world.calls.append(("invoke", request.tok))
        if request.tok.endswith(":fail"):
            raise ValueError("no such parameter")
        return sdk.InvokeResponse(return_value={"value": PropertyValue(f"invoked-{request.args['name'].value}")})


def _bare(value: PropertyValue | None) -> Any:
    return None if value is None else value.value


def _fail(inputs: dict[str, PropertyValue], key: str) -> None:
    if key in inputs:
        raise RuntimeError(str(inputs[key].value))
