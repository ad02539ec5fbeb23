"""The inputs of the command provider's resources: names, defaults, and what is wrong with them."""

from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import CheckFailure

from sandbox.providers import remote_copy
from sandbox.providers.connection import DEFAULTS
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import UNKNOWN, Plain, Properties

COMMAND = "command:remote:Command"
COPY = "command:remote:CopyToRemote"

_REQUIRED = {COMMAND: ("connection",), COPY: ("connection", "source", "remotePath")}
_OPTIONAL = {
    COMMAND: (
        *("create", "update", "delete", "triggers"),
        *("stdin", "logging", "environment", "addPreviousOutputInEnv"),
    ),
    COPY: ("triggers",),
}
_SECRET = ("password", "privateKey", "privateKeyPassword")
_LOGGING = ("none", "stdout", "stderr", "stdoutAndStderr")


def inputs_of(kind: str) -> tuple[str, ...]:
    """The input names of a token; ProviderError for a token that is not served."""
    if kind not in _REQUIRED:
        raise ProviderError(f"the sandbox's command provider has no {kind}; it has {' and '.join(_REQUIRED)}")
    return _REQUIRED[kind] + _OPTIONAL[kind]


def with_defaults(inputs: Properties) -> Properties:
    """The connection's defaults filled in, and the connection secret: its keys, and it as a whole."""
    connection = inputs.get("connection")
    if connection is None:
        return inputs
    return {**inputs, "connection": _filled(connection).with_secret(True)}


def _filled(connection: PropertyValue) -> PropertyValue:
    if not isinstance(connection.value, Mapping):
        return connection
    defaults = {
        key: PropertyValue(value if isinstance(value, str) else float(value)) for key, value in DEFAULTS.items()
    }
    filled = {**defaults, **connection.value}
    # The real plugin marks these too, and takes a bare one in the state for a change.
    filled |= {key: filled[key].with_secret(True) for key in _SECRET if key in filled}
    if "proxy" in filled:
        filled["proxy"] = _filled(filled["proxy"])
    return connection.with_value(filled)


def complaints(kind: str, inputs: Plain) -> list[CheckFailure]:
    known = inputs_of(kind)
    failures = [
        CheckFailure(key, f"missing required property '{key}'") for key in _REQUIRED[kind] if key not in inputs
    ]
    failures += [CheckFailure(key, f"'{key}' is not a property of {kind}") for key in inputs if key not in known]
    failures += _about_connection(inputs.get("connection"))
    if inputs.get("logging", "none") not in (*_LOGGING, UNKNOWN):
        failures.append(CheckFailure("logging", f"logging is {inputs['logging']!r}: {', '.join(_LOGGING)}"))
    if kind == COPY:
        failures += [CheckFailure("source", reason) for reason in remote_copy.complaints(inputs)]
    return failures


def _about_connection(connection: Any) -> list[CheckFailure]:
    if not isinstance(connection, dict) or connection.get("host"):
        return []
    return [CheckFailure("connection.host", "missing required property 'host'")]
