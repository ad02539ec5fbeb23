"""Property values as the engine holds them.

A value is None, a bool, an int, a float, a str, a list, a dict with str keys, a Secret, or UNKNOWN.
Assets, archives and resource references stay dicts with the signature key, as in a checkpoint.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

Value = Any
Props = dict[str, Value]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, the same for everyone
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN_MARKER: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How an unknown travels: the SDK's own marker, a string."""


class Unknown(Enum):
    """The type of UNKNOWN: a value that only an update will know."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is never shown, and is encrypted in the state. It may hold others: plugins mark parts too."""

    value: Value

    def __repr__(self) -> str:
        return "Secret([secret])"


def secret(value: Value) -> Value:
    """`value` as a secret; an unknown stays what it is, for an unknown has nothing to hide."""
    return value if value is UNKNOWN or isinstance(value, Secret) else Secret(value)


def number(value: float) -> int | float:
    """3.0 as 3: JSON, YAML and people write it so."""
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def reveal(value: Value) -> Value:
    """The value with every Secret in it laid bare."""
    return _mapped(value, lambda hidden: reveal(hidden.value))


def redact(value: Value) -> Value:
    """The value with every Secret in it as "[secret]": fit to be shown."""
    return _mapped(value, lambda _: "[secret]")


def _mapped(value: Value, of_secret: Callable[[Secret], Value]) -> Value:
    if isinstance(value, Secret):
        return of_secret(value)
    if isinstance(value, list):
        return [_mapped(item, of_secret) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, of_secret) for key, item in value.items()}
    return value


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    else:
        yield value


def has_unknown(value: Value) -> bool:
    """Whether UNKNOWN is the value or is anywhere in it, in a secret too."""
    return any(leaf is UNKNOWN or (isinstance(leaf, Secret) and has_unknown(leaf.value)) for leaf in _leaves(value))


def has_secret(value: Value) -> bool:
    """Whether a Secret is the value or is anywhere in it."""
    return any(isinstance(leaf, Secret) for leaf in _leaves(value))


def without_unknowns(props: Mapping[str, Value]) -> Props:
    """The properties that are wholly known."""
    return {key: value for key, value in props.items() if not has_unknown(value)}


def keep_secret(props: Mapping[str, Value], like: Mapping[str, Value], names: tuple[str, ...] = ()) -> Props:
    """`props`, with those of `names` secret, and each that is bare though its namesake in `like` is not."""
    return {
        key: secret(value)
        if not has_secret(value) and (key in names or has_secret(like.get(key)))
        else (secret(value) if key in names else value)
        for key, value in props.items()
    }
