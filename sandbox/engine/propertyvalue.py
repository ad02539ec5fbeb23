"""The engine's values to and from the PropertyValue that providers speak.

An unknown goes to a provider as the SDK's marker string, as it does when the real engine calls one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference

from sandbox.engine.structs import with_hash
from sandbox.engine.values import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_MARKER,
    Props,
    Secret,
    Unknown,
    Value,
    number,
    secret,
)

_RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"


def to_properties(props: Mapping[str, Value]) -> dict[str, PropertyValue]:
    return {key: to_property(value) for key, value in props.items()}


def to_property(value: Value) -> PropertyValue:
    match value:
        case Secret():
            return to_property(value.value).with_secret(True)
        case Unknown():
            return PropertyValue(UNKNOWN_MARKER)
        case bool() | str() | None:
            return PropertyValue(value)
        case int() | float():
            return PropertyValue(float(value))
        case list():
            return PropertyValue([to_property(item) for item in value])
        case dict() if value.get(SIGNATURE) in (ASSET_SIGNATURE, ARCHIVE_SIGNATURE):
            return PropertyValue(_asset(value))
        case _:
            return PropertyValue(to_properties(value))


def from_properties(properties: Mapping[str, PropertyValue]) -> Props:
    return {key: from_property(value) for key, value in properties.items()}


def from_property(value: PropertyValue) -> Value:
    plain = _plain(value.value)
    return secret(plain) if value.is_secret else plain


def _plain(inner: Any) -> Value:
    match inner:
        case Computed():
            return UNKNOWN
        case str():
            return UNKNOWN if inner == UNKNOWN_MARKER else inner
        case bool() | None:
            return inner
        case float() | int():
            return number(float(inner))
        case pulumi.Asset() | pulumi.Archive():
            return _asset_fields(inner)
        case ResourceReference():
            return {SIGNATURE: _RESOURCE_SIGNATURE, "urn": inner.urn}
        case Sequence():
            return [from_property(item) for item in inner]
        case _:
            return from_properties(inner)


def _asset(fields: Props) -> pulumi.Asset | pulumi.Archive:
    if fields[SIGNATURE] == ARCHIVE_SIGNATURE:
        if "assets" in fields:
            return pulumi.AssetArchive({key: _asset(item) for key, item in fields["assets"].items()})
        return pulumi.FileArchive(fields["path"]) if "path" in fields else pulumi.RemoteArchive(fields["uri"])
    if fields.get("text") is not None and "path" not in fields:
        return pulumi.StringAsset(fields["text"])
    return pulumi.FileAsset(fields["path"]) if "path" in fields else pulumi.RemoteAsset(fields["uri"])


def _asset_fields(inner: pulumi.Asset | pulumi.Archive) -> Props:
    signature = ASSET_SIGNATURE if isinstance(inner, pulumi.Asset) else ARCHIVE_SIGNATURE
    fields = {key: getattr(inner, key) for key in ("path", "text", "uri") if hasattr(inner, key)}
    if isinstance(inner, pulumi.AssetArchive):
        fields["assets"] = {key: _asset_fields(item) for key, item in inner.assets.items()}
    return with_hash({SIGNATURE: signature, **fields})
