"""Nodes that lost their connection or accepted none, and what to do about each."""

import re
from collections.abc import Iterable

from ops.explain.events import Failure

_SILENT = re.compile(r"after \d+ (?:failed )?attempts:")
"""In the message of the command plugin, and of the sandbox's, when a node has not accepted a connection."""
_CUT = re.compile(r"remote command exited without exit status|lost its connection before it ended")
"""In both, when the connection of a step that ran was cut, or its node lost power."""
_NODE = re.compile(r"(?:master|slave)-\d+")


def silence(failures: Iterable[Failure], stack: str) -> list[str]:
    """A sentence for each such node; where there are several, one first that names what may be wrong with all."""
    failed = list(failures)
    found = [f"{name} does not answer: `make replace NODE={name} STACK={stack}`" for name in _nodes(failed, _SILENT)]
    if len(found) > 1:
        found.insert(0, "several nodes do not answer: replace none of them before your address is in adminCidrs")
    found += [
        f"{name} lost its connection in the middle of a step: if it runs, run the same command again; otherwise "
        f"`make replace NODE={name} STACK={stack}`"
        for name in _nodes(failed, _CUT)
    ]
    return found


def _nodes(failures: Iterable[Failure], kind: re.Pattern[str]) -> list[str]:
    """Each node of which a failure is of this kind, once."""
    matches = (_NODE.match(failure.resource) for failure in failures if kind.search(failure.message))
    return list(dict.fromkeys(match[0] for match in matches if match))
