"""The CLI's symbols and words for each kind of step."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """How a step is spoken of: what it will do, does, did, and how it failed."""

    symbol: str
    style: str
    plan: str
    doing: str
    done: str


WORDS: Mapping[str, Words] = {
    "create": Words(symbol="+", style="green", plan="create", doing="creating", done="created"),
    "update": Words(symbol="~", style="yellow", plan="update", doing="updating", done="updated"),
    "delete": Words(symbol="-", style="red", plan="delete", doing="deleting", done="deleted"),
    "replace": Words(symbol="+-", style="magenta", plan="replace", doing="replacing", done="replaced"),
    "delete-replaced": Words(
        symbol="--", style="red", plan="delete original", doing="deleting original", done="deleted original"
    ),
    "refresh": Words(symbol="~", style="cyan", plan="refresh", doing="refreshing", done="refreshed"),
    "same": Words(symbol="", style="", plan="", doing="", done="unchanged"),
}
ORDER = ("create", "update", "delete", "replace")
