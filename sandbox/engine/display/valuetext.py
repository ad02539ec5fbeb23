"""Values as the CLI prints them: "text", 1, true, [secret], [unknown], nested blocks."""

import json
from collections.abc import Iterator, Mapping

from sandbox.engine.values import Secret, Unknown, Value

INDENT = "    "


def inline(value: Value) -> str:
    """On one line."""
    match value:
        case Secret():
            return "[secret]"
        case Unknown():
            return "[unknown]"
        case None:
            return "<null>"
        case list():
            return "[" + ", ".join(inline(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {inline(item)}" for key, item in value.items()) + "}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def block(value: Value) -> list[str]:
    """On as many lines as it takes; what follows `name: `."""
    if isinstance(value, dict) and value:
        return ["{", *(INDENT + line for line in entries(dict(sorted(value.items())))), "}"]
    if isinstance(value, list) and value:
        return ["[", *(INDENT + line for line in entries({f"[{i}]": item for i, item in enumerate(value)})), "]"]
    if isinstance(value, str) and "\n" in value:
        return ["", *(INDENT + line for line in value.removesuffix("\n").split("\n"))]
    return [inline(value)]


def entries(values: Mapping[str, Value]) -> Iterator[str]:
    """`name: value`, the colons in one column."""
    width = max((len(key) for key in values), default=0)
    for key, value in values.items():
        first, *rest = block(value)
        yield f"{key:<{width}}: {first}".rstrip()
        yield from rest
