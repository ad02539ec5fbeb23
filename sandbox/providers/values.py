"""Between the wire's PropertyValue and plain Python.

An unknown of a preview travels as the SDK's own marker string: the SDK cannot marshal its `Computed`
class, and hands an unknown from the engine to a provider as that string.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi import Archive, Asset
from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime.rpc import UNKNOWN as _MARKER

UNKNOWN: Final[str] = _MARKER

Plain = dict[str, Any]
Properties = dict[str, PropertyValue]


def plain(properties: Mapping[str, PropertyValue]) -> Plain:
    """Dicts, lists, str, bool, int, float and assets; secrets bare, unknowns as UNKNOWN, nulls left out."""
    return {key: plain_value(value) for key, value in properties.items() if value.value is not None}


def plain_value(value: PropertyValue) -> Any:
    inner = value.value
    if isinstance(inner, Computed):
        return UNKNOWN
    if isinstance(inner, float):
        return int(inner) if inner.is_integer() else inner
    if isinstance(inner, Mapping):
        return plain(inner)
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain_value(item) for item in inner]
    return inner


def properties(values: Mapping[str, Any]) -> Properties:
    """The reverse of `plain`; None values are left out, PropertyValues stay as they are."""
    return {key: property_value(value) for key, value in values.items() if value is not None}


def property_value(value: Any) -> PropertyValue:
    if isinstance(value, PropertyValue):
        return value
    if isinstance(value, bool | str | Asset | Archive) or value is None:
        return PropertyValue(value)
    if isinstance(value, int | float):
        return PropertyValue(float(value))
    if isinstance(value, Mapping):
        return PropertyValue(properties(value))
    return PropertyValue([property_value(item) for item in value])


def has_unknown(value: Any) -> bool:
    """Whether a plain value is, or holds anywhere, a value that a preview does not know."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return isinstance(value, str) and value == UNKNOWN


def token(urn: str) -> str:
    """The resource's own type; in a URN the types of its parents come before it, each with a $ after it."""
    return urn.split("::")[2].rsplit("$", 1)[-1]
