"""`preview --json`: the CLI's PreviewDigest."""

from collections.abc import Mapping
from typing import Any

from sandbox.engine.codec import document
from sandbox.engine.display.record import Record
from sandbox.engine.events import Step
from sandbox.engine.resource import Resource
from sandbox.engine.values import redact

_SHOWN = ("create", "update", "delete", "replace")


def digest(record: Record, config: Mapping[str, str]) -> dict[str, Any]:
    """Plain JSON data. `config` has each key's text, secrets as [secret]."""
    found: dict[str, Any] = {"config": dict(config), "steps": [_step(step) for step in record.steps if _shown(step)]}
    if record.messages:
        found["diagnostics"] = [
            {
                **({"urn": item.urn} if item.urn else {}),
                "message": f"{'' if item.severity == 'info' else f'{item.severity}: '}{item.text}\n",
                "severity": item.severity,
            }
            for item in record.messages
        ]
    found["duration"] = int(record.seconds * 1e9)
    found["changeSummary"] = {op: count for op, count in sorted(record.counts.items()) if count}
    return found


def _shown(step: Step) -> bool:
    if step.is_internal:
        return False
    resource = step.new or step.old
    return step.op in _SHOWN or (resource is not None and resource.is_stack and step.op == "same")


def _step(step: Step) -> dict[str, Any]:
    resource = step.new or step.old
    found: dict[str, Any] = {"op": step.op, "urn": step.urn}
    if resource is not None and resource.provider:
        found["provider"] = resource.provider
    if step.old is not None:
        found["oldState"] = _state(step.old)
    if step.new is not None:
        found["newState"] = _planned(step.new, step.old)
    diff = step.diff
    if diff is not None and diff.changed:
        found["diffReasons"] = list(diff.changed)
    if diff is not None and diff.replaces:
        found["replaceReasons"] = list(diff.replaces)
    found["detailedDiff"] = None
    if diff is not None and diff.detailed:
        found["detailedDiff"] = {
            path: {"kind": item.kind, "inputDiff": item.input_diff} for path, item in sorted(diff.detailed.items())
        }
    return found


def _planned(new: Resource, old: Resource | None) -> dict[str, Any]:
    """What is wanted: it has no id nor outputs yet, and no times but those of what is there."""
    shown = _state(new)
    for key in ("id", "outputs", "created", "modified"):
        shown.pop(key, None)
    if old is not None:
        shown |= {key: value for key in ("created", "modified") if (value := getattr(old, key))}
    return shown


def _state(resource: Resource) -> dict[str, Any]:
    shown = document(resource)
    for key in ("inputs", "outputs"):
        if props := getattr(resource, key):
            shown[key] = redact(props)
    return shown
