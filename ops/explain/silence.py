"""Nodes to which no step could connect, and the command that replaces each."""

import re
from collections.abc import Iterable

from ops.explain.events import Failure

_SILENT = re.compile(r"after \d+ (?:failed )?attempts:")
"""In the message of the command plugin, and of the sandbox's, when a node has not accepted a connection."""
_NODE = re.compile(r"(?:master|slave)-\d+")


def silence(failures: Iterable[Failure], stack: str) -> list[str]:
    """A sentence for each such node; where there are several, one first that names what may be wrong with all."""
    names = {
        node[0]: None
        for failure in failures
        if _SILENT.search(failure.message) and (node := _NODE.match(failure.resource))
    }
    found = [f"{name} does not answer: `make replace NODE={name} STACK={stack}`" for name in names]
    if len(found) > 1:
        found.insert(0, "several nodes do not answer: replace none of them before your address is in adminCidrs")
    return found
