"""The inputs of the command provider's resources: names, defaults, and what is wrong with them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi import FileAsset
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import CheckFailure

from sandbox.providers.failure import ProviderError
from sandbox.providers.values import UNKNOWN, Plain, Properties, properties

COMMAND = "command:remote:Command"
COPY = "command:remote:CopyToRemote"

_REQUIRED = {COMMAND: ("connection",), COPY: ("connection", "source", "remotePath")}
_OPTIONAL = {
    COMMAND: ("create", "update", "stdin", "triggers", "logging", "addPreviousOutputInEnv"),
    COPY: ("triggers",),
}
_ONLY = {"logging": "none", "addPreviousOutputInEnv": False}
"""Inputs of a command whose default in the real plugin is something else, which this provider does not do."""

_CONNECTION = (
    *("host", "port", "user", "privateKey", "hostKey"),
    *("dialErrorLimit", "perDialTimeout", "proxy"),
)
# The real plugin's defaults, which its check writes into the inputs.
_DEFAULTS: Mapping[str, str | int] = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}


def inputs_of(kind: str) -> tuple[str, ...]:
    """The input names of a token. Raises ProviderError for a token that is not served."""
    if kind not in _REQUIRED:
        raise ProviderError(f"the sandbox's command provider has no {kind}; it has {' and '.join(_REQUIRED)}")
    return _REQUIRED[kind] + _OPTIONAL[kind]


def with_defaults(inputs: Properties) -> Properties:
    """The inputs with the connection's defaults filled in, and the connection a secret as a whole."""
    if "connection" not in inputs:
        return inputs
    return {**inputs, "connection": _filled(inputs["connection"]).with_secret(True)}


def _filled(connection: PropertyValue) -> PropertyValue:
    if not isinstance(connection.value, Mapping):
        return connection
    filled = {**properties(_DEFAULTS), **connection.value}
    if "proxy" in filled:
        filled["proxy"] = _filled(filled["proxy"])
    return connection.with_value(filled)


def problems(kind: str, inputs: Plain) -> list[CheckFailure]:
    """One for each input that is missing, unknown to this provider, or wrong."""
    known = inputs_of(kind)
    found = [(key, f"missing required property '{key}'") for key in _REQUIRED[kind] if key not in inputs]
    found += [(key, f"the sandbox's {kind} has no input '{key}'") for key in inputs if key not in known]
    found += _of_connection(inputs.get("connection"), "connection")
    if kind == COMMAND:
        found += [
            (key, f"the sandbox's {kind} needs {key}: {only!r}")
            for key, only in _ONLY.items()
            if inputs.get(key) != only
        ]
    elif "source" in inputs:
        found += _of_source(inputs["source"])
    return [CheckFailure(key, reason) for key, reason in found]


def _of_connection(connection: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(connection, dict):
        return
    if not connection.get("host"):
        yield f"{path}.host", f"missing required property 'host' of {path}"
    for key in connection:
        if key not in _CONNECTION:
            yield f"{path}.{key}", f"the sandbox's {path} has no input '{key}'"
    yield from _of_connection(connection.get("proxy"), f"{path}.proxy")


def _of_source(source: Any) -> Iterator[tuple[str, str]]:
    if source == UNKNOWN:
        return
    if not isinstance(source, FileAsset):
        yield "source", "source must be a FileAsset"
    elif not Path(source.path).is_file():
        yield "source", f"source {source.path}: there is no such file"
