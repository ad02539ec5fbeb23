"""Resources as the JSON of a checkpoint, secrets encrypted."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sandbox.engine.resource import Resource
from sandbox.engine.secrets import Crypter
from sandbox.engine.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_MARKER, Props, Secret, Unknown, Value

_NAMES = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "custom_timeouts": "customTimeouts",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "created": "created",
    "modified": "modified",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
}
_KNOWN = {*_NAMES.values(), "inputs", "outputs"}
_ALWAYS = {"urn", "custom", "type"}
_TUPLES = {item.name for item in fields(Resource) if str(item.type).startswith("tuple")}


class Codec:
    """Resources to JSON and back. An unchanged secret keeps its ciphertext, an unchanged resource its JSON."""

    def __init__(self, crypter: Crypter) -> None:
        self.crypter = crypter
        self._ciphertexts: dict[tuple[str, ...], tuple[str, str]] = {}  # place -> plaintext, ciphertext
        self._encoded: dict[int, tuple[Resource, bytes]] = {}

    def encoded(self, resource: Resource) -> bytes:
        """The resource's JSON."""
        known = self._encoded.get(id(resource))
        if known is None:
            text = json.dumps(self.document(resource), ensure_ascii=False, separators=(",", ":"))
            known = self._encoded[id(resource)] = (resource, text.encode())
        return known[1]

    def document(self, resource: Resource) -> dict[str, Any]:
        """The resource as plain JSON data, secrets encrypted."""
        found = document(resource)
        for key in ("inputs", "outputs"):
            if props := getattr(resource, key):
                found[key] = self._out(props, (resource.urn, key))
        return found

    def resource(self, document: Mapping[str, Any]) -> Resource:
        """The other way round."""
        found: dict[str, Any] = {
            name: tuple(document[json_name]) if name in _TUPLES else document[json_name]
            for name, json_name in _NAMES.items()
            if document.get(json_name) is not None
        }
        if dependencies := found.get("property_dependencies"):
            found["property_dependencies"] = {key: tuple(urns) for key, urns in dependencies.items()}
        urn = document["urn"]
        return Resource(
            **found,
            inputs=self._in(document.get("inputs") or {}, (urn, "inputs")),
            outputs=self._in(document.get("outputs") or {}, (urn, "outputs")),
            extra={key: value for key, value in document.items() if key not in _KNOWN},
        )

    def _out(self, value: Value, place: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {key: self._out(item, (*place, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._out(item, (*place, str(index))) for index, item in enumerate(value)]
        if isinstance(value, Secret):
            return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": self._ciphertext(value, place)}
        return UNKNOWN_MARKER if isinstance(value, Unknown) else value

    def _ciphertext(self, value: Secret, place: tuple[str, ...]) -> str:
        plaintext = _plaintext(value)
        before = self._ciphertexts.get(place)
        if before is None or before[0] != plaintext:
            before = self._ciphertexts[place] = (plaintext, self.crypter.encrypt(plaintext))
        return before[1]

    def _in(self, value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            if value.get(SIGNATURE) == SECRET_SIGNATURE:
                return self._revealed(value, place)
            return {key: self._in(item, (*place, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._in(item, (*place, str(index))) for index, item in enumerate(value)]
        return UNKNOWN if value == UNKNOWN_MARKER else value

    def _revealed(self, envelope: Props, place: tuple[str, ...]) -> Secret:
        if "plaintext" in envelope:  # as `stack export --show-secrets` writes it
            return Secret(json.loads(envelope["plaintext"]))
        plaintext = self.crypter.decrypt(envelope["ciphertext"])
        self._ciphertexts[place] = (plaintext, envelope["ciphertext"])
        return Secret(_unwrapped(json.loads(plaintext)))


def _plaintext(value: Secret) -> str:
    """What is encrypted: JSON, in which a secret within the secret is marked as such, and bare."""
    return json.dumps(_wrapped(value.value), ensure_ascii=False, separators=(",", ":"))


def _wrapped(value: Value) -> Any:
    if isinstance(value, dict):
        return {key: _wrapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_wrapped(item) for item in value]
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": _plaintext(value)}
    return UNKNOWN_MARKER if isinstance(value, Unknown) else value


def _unwrapped(value: Any) -> Value:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return Secret(_unwrapped(json.loads(value["ciphertext"])))
        return {key: _unwrapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unwrapped(item) for item in value]
    return UNKNOWN if value == UNKNOWN_MARKER else value


def document(resource: Resource) -> dict[str, Any]:
    """All but inputs and outputs as plain JSON data, empty fields left out."""
    found = {
        json_name: value
        for name, json_name in _NAMES.items()
        if (value := getattr(resource, name)) or name in _ALWAYS
    }
    return {**found, **resource.extra}
