"""Two property maps side by side: which paths were added, deleted or updated."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.engine.paths import join
from sandbox.engine.values import ARCHIVE_SIGNATURE, ASSET_SIGNATURE, SIGNATURE, Props, Secret, Value, reveal

ABSENT = object()
_ASSETS = (ASSET_SIGNATURE, ARCHIVE_SIGNATURE)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One changed leaf or branch. `old` or `new` is ABSENT where there is none."""

    path: str
    old: Value
    new: Value

    @property
    def kind(self) -> str:
        if self.old is ABSENT:
            return "add"
        return "delete" if self.new is ABSENT else "update"


def changes(old: Props, new: Props, ignored: tuple[str, ...] = ("__internal",)) -> list[Change]:
    """In the order of the keys; top-level keys in `ignored` are left out."""
    found: list[Change] = []
    for key in sorted({*old, *new} - set(ignored)):
        found += _changes(key, old.get(key, ABSENT), new.get(key, ABSENT))
    return found


def _changes(path: str, old: Value, new: Value) -> Iterator[Change]:
    if old is new or old == new:
        return
    if isinstance(old, Secret) and isinstance(new, Secret):
        if reveal(old) != reveal(new):
            yield Change(path=path, old=old, new=new)
    elif isinstance(old, dict) and isinstance(new, dict) and not _is_asset(old) and not _is_asset(new):
        for key in sorted({*old, *new}):
            yield from _changes(join(path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else ABSENT
            after = new[index] if index < len(new) else ABSENT
            yield from _changes(join(path, index), before, after)
    else:
        yield Change(path=path, old=old, new=new)


def _is_asset(value: Props) -> bool:
    return value.get(SIGNATURE) in _ASSETS
