"""One configured provider, spoken to in the engine's own values."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from sandbox.engine.config import as_text
from sandbox.engine.diff import Diff, PathDiff, Refusal
from sandbox.engine.propertyvalue import from_properties, to_properties
from sandbox.engine.resource import Resource
from sandbox.engine.values import Props, has_unknown, keep_secret, reveal

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = {kind: kind.name.lower().replace("_", "-") for kind in sdk.PropertyDiffKind}


class Plugin:
    """A provider instance. `known` is False while a preview does not know all of its configuration."""

    def __init__(self, provider: sdk.Provider) -> None:
        self.provider = provider
        self.known = True
        self._takes_secrets = True
        self._previews = True

    async def configure(self, package: str, inputs: Props) -> None:
        """Raises whatever the provider raises."""
        self.known = not has_unknown(inputs)
        if not self.known:
            return
        variables = {f"{package}:config:{key}": as_text(value) for key, value in reveal(inputs).items()}
        answer = await self.provider.configure(
            sdk.ConfigureRequest(variables, to_properties(inputs), accept_secrets=True, accept_resources=False)
        )
        self._takes_secrets = answer.accept_secrets
        self._previews = answer.supports_preview

    async def check_config(self, urn: str, olds: Props, news: Props) -> tuple[Props, list[Refusal]]:
        request = sdk.CheckRequest(urn, to_properties(olds), to_properties(news), b"")
        return _checked(await self.provider.check_config(request), news)

    async def diff_config(self, old: Resource, news: Props) -> Diff:
        request = sdk.DiffRequest(old.urn, old.id, to_properties(old.outputs), to_properties(news), [])
        return _diff(await self.provider.diff_config(request))

    async def check(self, urn: str, olds: Props, news: Props, seed: bytes) -> tuple[Props, list[Refusal]]:
        """The inputs as the provider completes them, and what it refuses."""
        if not self.known:
            return news, []
        request = sdk.CheckRequest(urn, to_properties(self._in(olds)), to_properties(self._in(news)), seed)
        inputs, refusals = _checked(await self.provider.check(request), news)
        return keep_secret(inputs, like=news), refusals

    async def diff(self, old: Resource, news: Props, ignore_changes: "Sequence[str]") -> Diff:
        if not self.known:
            return Diff(changes=None)
        olds, news = to_properties(self._in(old.outputs)), to_properties(self._in(news))
        request = sdk.DiffRequest(old.urn, old.id, olds, news, list(ignore_changes))
        return _diff(await self.provider.diff(request))

    async def create(self, new: Resource, *, preview: bool) -> tuple[str, Props]:
        """The new resource's id ("" where a preview cannot know it) and outputs."""
        if preview and not (self.known and self._previews):
            return "", {}
        timeout = new.custom_timeouts.get("create", 0.0)
        request = sdk.CreateRequest(new.urn, to_properties(self._in(new.inputs)), timeout, preview)
        answer = await self.provider.create(request)
        return answer.resource_id or "", self._outputs(answer.properties, new)

    async def update(self, old: Resource, new: Resource, *, preview: bool) -> Props:
        if preview and not (self.known and self._previews):
            return {}
        olds, news = to_properties(self._in(old.outputs)), to_properties(self._in(new.inputs))
        timeout = new.custom_timeouts.get("update", 0.0)
        ignored = list(new.ignore_changes)
        request = sdk.UpdateRequest(new.urn, old.id, olds, news, timeout, ignored, preview)
        return self._outputs((await self.provider.update(request)).properties, new)

    async def delete(self, old: Resource) -> None:
        timeout = old.custom_timeouts.get("delete", 0.0)
        properties = to_properties(self._in(old.outputs))
        await self.provider.delete(sdk.DeleteRequest(old.urn, old.id, properties, timeout))

    async def read(self, old: Resource) -> tuple[Props, Props] | None:
        """Inputs and outputs as they are out there; None when the resource is gone."""
        outputs, inputs = to_properties(self._in(old.outputs)), to_properties(self._in(old.inputs))
        answer = await self.provider.read(sdk.ReadRequest(old.urn, old.id, outputs, inputs))
        if not answer.resource_id:
            return None
        found = keep_secret(from_properties(answer.inputs), like=old.inputs) or old.inputs
        return found, keep_secret(self._outputs(answer.properties, old), like=old.outputs)

    async def invoke(self, token: str, args: Props) -> tuple[Props, list[Refusal]]:
        answer = await self.provider.invoke(sdk.InvokeRequest(token, to_properties(args)))
        failures = [Refusal(property=item.property, reason=item.reason) for item in answer.failures]
        return from_properties(answer.return_value or {}), failures

    def _in(self, props: Props) -> Props:
        bare: Props = props if self._takes_secrets else reveal(props)
        return bare

    def _outputs(self, properties: Mapping[str, PropertyValue], of: Resource) -> Props:
        """Outputs; what went in as a secret, or is declared one, is one in the state too."""
        found = from_properties(properties)
        return keep_secret(found, like=of.inputs, names=of.additional_secret_outputs)


def _checked(answer: sdk.CheckResponse, news: Props) -> tuple[Props, list[Refusal]]:
    inputs = news if answer.inputs is None else from_properties(answer.inputs)
    return inputs, [Refusal(property=item.property, reason=item.reason) for item in answer.failures or ()]


def _diff(answer: sdk.DiffResponse) -> Diff:
    return Diff(
        changes=answer.changes,
        replaces=tuple(answer.replaces),
        changed=tuple(answer.diffs),
        detailed={
            path: PathDiff(kind=_KINDS[item.kind], input_diff=item.input_diff)
            for path, item in answer.detailed_diff.items()
        },
        delete_before_replace=answer.delete_before_replace,
    )
