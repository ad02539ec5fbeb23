"""Changes that wait for `make up`: steps whose text is not the one that the stack's state has."""

import json
from collections.abc import Mapping
from typing import Any

from ops.doctor.program import Program

_COMMAND = "command:remote:Command"


def unapplied(export: str, program: Program) -> dict[str, frozenset[str]]:
    """By node, the names of such steps; `export` is what `pulumi stack export --show-secrets` prints."""
    resources = (json.loads(export).get("deployment") or {}).get("resources") or []
    applied = {
        str(one["urn"]).rpartition("::")[2]: _texts(one["inputs"]) for one in resources if one["type"] == _COMMAND
    }
    return {
        node: frozenset(
            step.name
            for step in steps
            if applied.get(f"{node}-{step.name}")
            != (program.script(node, step), step.secret.content if step.secret else "")
        )
        for node, steps in program.steps.items()
    }


def _texts(inputs: Mapping[str, Any]) -> tuple[str, str]:
    """The script and the standard input of a command."""
    return str(inputs.get("create", "")), _plain(inputs.get("stdin", ""))


def _plain(value: Any) -> str:
    """A secret is an object with its value in JSON."""
    return str(json.loads(value["plaintext"])) if isinstance(value, dict) else str(value)
