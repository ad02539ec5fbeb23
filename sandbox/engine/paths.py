"""Property paths as the CLI writes them: a.b[0]["c.d"].*"""

import re
from collections.abc import Iterator

from sandbox.engine.values import Props, Secret, Value

Path = tuple[str | int, ...]

_PART = re.compile(r'\.?([^.\["\]]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]')
_ABSENT = object()


def parse(text: str) -> Path:
    """'a.b[0]' -> ('a', 'b', 0). Raises ValueError for what is not a path."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is not a property path")
        name, index, quoted = match.groups()
        if index is not None:
            parts.append("*" if index == "*" else int(index))
        else:
            parts.append(name if name is not None else quoted.replace('\\"', '"'))
        position = match.end()
    if not parts:
        raise ValueError("an empty property path")
    return tuple(parts)


def join(path: str, part: str | int) -> str:
    """One step further: ('a', 'b') -> a.b; ('a', 0) -> a[0]; a key that is no word is quoted."""
    if isinstance(part, int):
        return f"{path}[{part}]"
    if re.fullmatch(r"[A-Za-z_$][\w$-]*", part):
        return f"{path}.{part}" if path else part
    escaped = part.replace('"', '\\"')
    return f'{path}["{escaped}"]'


def covers(outer: Path, inner: Path) -> bool:
    """Whether `inner` is `outer` or lies in it; * stands for any one part, and at the end for the whole too."""
    if outer and outer[-1] == "*" and covers(outer[:-1], inner) and len(inner) == len(outer) - 1:
        return True
    return len(outer) <= len(inner) and all(a in ("*", b) for a, b in zip(outer, inner, strict=False))


def reset(olds: Props, news: Props, path: Path) -> Props:
    """`news` with what lies at `path` put back to what it is in `olds`, absent things too."""
    result = _reset(olds, news, path)
    assert isinstance(result, dict)  # noqa: S101 - a path has a part, so a dict stays one
    return result


def _reset(old: Value, new: Value, path: Path) -> Value:
    if not path:
        return old
    if isinstance(new, Secret):
        inner = _reset(old.value if isinstance(old, Secret) else old, new.value, path)
        return Secret(inner)
    if isinstance(old, Secret):
        old = old.value
    copy = dict(new) if isinstance(new, dict) else list(new) if isinstance(new, list) else None
    if copy is None:
        return new
    for part in list(_parts(old, copy, path[0])):
        before, after = _at(old, part), _at(copy, part)
        if before is _ABSENT:
            if len(path) == 1 and isinstance(copy, dict):
                copy.pop(part, None)
        elif len(path) == 1 or after is not _ABSENT:
            _put(copy, part, _reset(before, None if after is _ABSENT else after, path[1:]))
    return copy


def _parts(old: Value, new: Value, part: str | int) -> Iterator[str | int]:
    if part != "*":
        yield part
    elif isinstance(new, dict):
        yield from {**new, **(old if isinstance(old, dict) else {})}
    else:
        yield from range(len(new))


def _at(value: Value, part: str | int) -> Value:
    if isinstance(value, dict):
        return value.get(part, _ABSENT)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return _ABSENT


def _put(copy: Value, part: str | int, value: Value) -> None:
    if isinstance(copy, dict) or (isinstance(part, int) and part < len(copy)):
        copy[part] = value
