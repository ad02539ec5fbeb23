"""Where a roll stopped: which nodes are done, at which it stopped, and which it did not come to."""

import re
from collections.abc import Iterable, Sequence

from ops.explain.events import last_run

ORDER = "changes to nodes that exist roll: "
"""How the program's note about the order begins."""

_NODE = r"(?:master|slave)-\d+"


def stopped(lines: Sequence[str]) -> list[str]:
    """One sentence, or none where no node of the roll has failed. `lines` are the CLI's event log."""
    run = last_run(lines)
    order = [name for message in run.notes if message.startswith(ORDER) for name in re.findall(_NODE, message)]
    failed = [name for name in order if name in set(_nodes(run.failed))]
    if not failed:
        return []
    done = [name for name in order if f"{name}-gate" in run.done and name not in failed]
    rest = [name for name in order if name not in {*done, *failed}]
    return [
        f"the roll stopped at {' and '.join(failed)}; done: {_list(done)}; not changed: {_list(rest)}. "
        "Remove the cause and run the same command again: it goes on from there"
    ]


def _nodes(resources: Iterable[str]) -> list[str]:
    return [found[0] for name in resources if (found := re.match(rf"{_NODE}\b", name))]


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
