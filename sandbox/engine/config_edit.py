"""Edits inside a config value: what `--path` names."""

from typing import Any

from sandbox.engine.config import is_secure
from sandbox.engine.errors import EngineError


def follow(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """`value` with `new` at `path`; missing objects and arrays are made."""
    if not path:
        return new
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        if part > (len(value) if isinstance(value, list) else 0):
            raise EngineError(f"could not set config: array index {part} is out of range")
        items = list(value) if isinstance(value, list) else []
        items[part : part + 1] = [put(items[part] if part < len(items) else None, rest, new)]
        return items
    fields = dict(value) if isinstance(value, dict) and not is_secure(value) else {}
    fields[part] = put(fields.get(part), rest, new)
    return fields


def typed(value: str) -> Any:
    """With --path, 5 is a number and true a bool, as in the CLI."""
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() and (value == "0" or value[0] != "0") else value
