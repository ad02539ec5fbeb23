"""What a program asks for: a registration, in the engine's own terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi.runtime.proto import resource_pb2

from sandbox.engine.resource import Resource, now
from sandbox.engine.structs import from_struct
from sandbox.engine.values import Props


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """One RegisterResource request. `delete_before_replace` None leaves it to the provider."""

    type: str
    name: str
    custom: bool
    inputs: Props = field(default_factory=dict)
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str = ""
    version: str = ""
    protect: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    retain_on_delete: bool = False
    deleted_with: str = ""
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)

    def resource(self, urn: str, *, inputs: Props, provider: str) -> Resource:
        """The resource that this asks for, not made yet."""
        stamp = now()
        return Resource(
            urn=urn,
            type=self.type,
            custom=self.custom,
            inputs=inputs,
            parent=self.parent,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            provider=provider,
            protect=self.protect,
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            additional_secret_outputs=self.additional_secret_outputs,
            retain_on_delete=self.retain_on_delete,
            deleted_with=self.deleted_with,
            custom_timeouts=self.custom_timeouts,
            created=stamp,
            modified=stamp,
        )


def goal_of(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """From the SDK's request."""
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=from_struct(request.object),
        parent=request.parent,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={key: tuple(sorted(item.urns)) for key, item in request.propertyDependencies.items()},
        provider=request.provider,
        version=request.version,
        protect=request.protect,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        aliases=tuple(item.urn for item in request.aliases if item.urn) + tuple(request.aliasURNs),
        custom_timeouts=_timeouts(request.customTimeouts),
    )


def _timeouts(declared: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> dict[str, float]:
    """{"create": 300.0}, from durations such as "5m" or "1h30m10s"."""
    pairs = ((key, getattr(declared, key)) for key in ("create", "update", "delete"))
    return {key: _seconds(text) for key, text in pairs if text}


_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def _seconds(text: str) -> float:
    total, digits, position = 0.0, "", 0
    while position < len(text):
        if text[position].isdigit() or text[position] == ".":
            digits += text[position]
            position += 1
            continue
        unit = "ms" if text.startswith("ms", position) else text[position]
        total += float(digits) * _UNITS[unit]
        digits, position = "", position + len(unit)
    return total
