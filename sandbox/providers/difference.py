"""What changed between a resource's state and its new inputs, path by path, as the CLI shows it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pulumi.provider.experimental.provider import DiffResponse, PropertyDiff, PropertyDiffKind

_REPLACING = {
    PropertyDiffKind.ADD: PropertyDiffKind.ADD_REPLACE,
    PropertyDiffKind.DELETE: PropertyDiffKind.DELETE_REPLACE,
    PropertyDiffKind.UPDATE: PropertyDiffKind.UPDATE_REPLACE,
}
_ABSENT = object()


def difference(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    replace_on: Collection[str],
    stables: Collection[str] = (),
) -> DiffResponse:
    """The answer to a diff: `old` and `new` are plain inputs, `replace_on` the top-level keys that cannot
    change in place, `stables` the outputs that an update leaves as they are."""
    detailed = {}
    changed: list[str] = []
    for key in sorted({*old, *new}):
        paths = list(_paths(key, old.get(key, _ABSENT), new.get(key, _ABSENT)))
        if not paths:
            continue
        changed.append(key)
        for path, kind in paths:
            shown = _REPLACING[kind] if key in replace_on else kind
            detailed[path] = PropertyDiff(shown, input_diff=True)
    return DiffResponse(
        changes=bool(changed),
        replaces=[key for key in changed if key in replace_on],
        stables=sorted(stables),
        diffs=changed,
        detailed_diff=detailed,
    )


def _paths(path: str, old: Any, new: Any) -> Iterator[tuple[str, PropertyDiffKind]]:
    if old is _ABSENT:
        yield path, PropertyDiffKind.ADD
    elif new is _ABSENT:
        yield path, PropertyDiffKind.DELETE
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _paths(f"{path}{_step(key)}", old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else _ABSENT
            after = new[index] if index < len(new) else _ABSENT
            yield from _paths(f"{path}[{index}]", before, after)
    elif old != new:
        yield path, PropertyDiffKind.UPDATE


def _step(key: str) -> str:
    return f".{key}" if key.isidentifier() else f'["{key}"]'
