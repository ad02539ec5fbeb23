"""The state file: version 3 of the Pulumi CLI's checkpoint, secrets encrypted inside."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine.codec import Codec
from sandbox.engine.errors import EngineError
from sandbox.engine.resource import Resource, now

VERSION = "v3.259.0"
"""The CLI whose format this is."""
_MAGIC = hashlib.sha256(VERSION.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something that was under way when the state was written: `kind` is creating, updating, ..."""

    resource: Resource
    kind: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a state file holds. `salt` names the key of its secrets, "" when it has none yet."""

    resources: Sequence[Resource] = ()
    operations: Sequence[Operation] = ()
    salt: str = ""
    time: str = ""
    version: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def salt_in(document: Mapping[str, Any]) -> str:
    """The `encryptionsalt` under which a state file's secrets were written; "" when it says none."""
    providers = _latest(document).get("secrets_providers") or {}
    if providers and providers.get("type") != "passphrase":
        raise EngineError(f"the state's secrets are under {providers.get('type')!r}: only a passphrase is served")
    return str((providers.get("state") or {}).get("salt", ""))


def load(document: Mapping[str, Any], codec: Codec) -> Deployment:
    """A parsed state file; raises EngineError for a format of another time."""
    if document.get("version") != 3:
        raise EngineError(f"the state file has format {document.get('version')!r}: this engine reads 3")
    latest = _latest(document)
    manifest = latest.get("manifest") or {}
    return Deployment(
        resources=[codec.resource(item) for item in latest.get("resources") or ()],
        operations=[
            Operation(resource=codec.resource(item["resource"]), kind=item["type"])
            for item in latest.get("pending_operations") or ()
        ],
        salt=salt_in(document),
        time=manifest.get("time", ""),
        version=manifest.get("version", ""),
        extra={key: latest[key] for key in ("metadata", "snippets", "extensions") if key in latest},
    )


def _latest(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return (document.get("checkpoint") or {}).get("latest") or {}


def render(
    stack: str, codec: Codec, resources: Iterable[Resource], operations: Iterable[Operation], extra: Mapping[str, Any]
) -> list[bytes]:
    """A state file's bytes, in pieces: most of them are those of the write before."""
    latest = {
        "manifest": {"time": now(), "magic": _MAGIC, "version": VERSION},
        "secrets_providers": {"type": "passphrase", "state": {"salt": codec.crypter.state}},
        **({"metadata": {}} | dict(extra)),
    }
    head = json.dumps({"version": 3, "checkpoint": {"stack": stack, "latest": latest}}).encode()
    pieces = [head[:-3], b',"resources":[']
    for index, resource in enumerate(resources):
        pieces += [b",", codec.encoded(resource)] if index else [codec.encoded(resource)]
    pieces.append(b'],"pending_operations":[')
    for index, operation in enumerate(operations):
        kind = json.dumps(operation.kind).encode()
        pieces += [
            b"," if index else b"",
            b'{"resource":',
            codec.encoded(operation.resource),
            b',"type":',
            kind,
            b"}",
        ]
    return [*pieces, b"]}}}"]
