"""What the cloud has, against the stack's state: the CLI's own comparison, which changes nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.remote.errors import OperatorError
from ops.remote.stack import Stack

_ENDED_WELL = "changeSummary"


@dataclass(frozen=True, kw_only=True)
class CloudDifference:
    """A resource by its name and type, as vpc and Vpc.

    `properties` maps each input that differs to its value in the state and in the cloud; of a resource that is gone
    all, with None for the cloud's. One that is `added` is in the cloud alone.
    """

    name: str
    type: str
    properties: Mapping[str, tuple[Any, Any]]
    gone: bool = False
    added: bool = False

    @property
    def kind(self) -> str:
        if self.added:
            return "added"
        return "gone" if self.gone else ", ".join(self.properties)

    @property
    def diff(self) -> str:
        lines = [f"--- {self.name} (the program's)", f"+++ {self.name} (in the cloud)"]
        for name, (wanted, found) in self.properties.items():
            values = (("-", wanted), ("+", found))
            lines += [f"{sign}{name}: {json.dumps(value)}" for sign, value in values if value is not None]
        return "\n".join(lines)


def look(stack: Stack) -> list[CloudDifference]:
    """Compare every resource with the state; raises OperatorError if the CLI can't."""
    done = stack.pulumi("refresh", "--preview-only", "--json", check=False)
    start = done.stdout.find("{")
    try:
        printed = json.loads(done.stdout[start:]) if start >= 0 else {}
    except json.JSONDecodeError:
        printed = {}
    if done.returncode or _ENDED_WELL not in printed:
        reasons = [str(one.get("message", "")) for one in printed.get("diagnostics", ())]
        raise OperatorError("\n".join(reasons) or done.stderr.strip() or done.stdout.strip())
    return list(differences(printed))


def differences(printed: Mapping[str, Any]) -> Iterator[CloudDifference]:
    """From what the CLI printed. Only inputs count: the program does not choose a resource's other properties."""
    for step in printed.get("steps", ()):
        *_, kind, name = str(step["urn"]).split("::")
        was, found = ((step.get(state) or {}).get("inputs") or {} for state in ("oldState", "newState"))
        # Keys such as __defaults are the provider's notes for itself.
        keys = [key for key in {**was, **found} if not key.startswith("__")]
        changed = {key: (was.get(key), found.get(key)) for key in keys if was.get(key) != found.get(key)}
        if changed:
            type_ = kind.rpartition(":")[2]
            yield CloudDifference(name=name, type=type_, properties=changed, gone=step["op"] == "delete")
