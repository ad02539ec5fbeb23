"""What a provider makes of a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class PathDiff:
    """A changed path. `kind` is add, delete or update, with -replace where that forces a replacement."""

    kind: str
    input_diff: bool = True


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What a provider makes of a change. `changes` is None when it leaves that to a look at the inputs."""

    changes: bool | None
    replaces: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    detailed: Mapping[str, PathDiff] = field(default_factory=dict)
    delete_before_replace: bool = False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a provider does not accept about an input; `property` may be ""."""

    property: str
    reason: str
