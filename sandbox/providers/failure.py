"""What a provider raises: sentences for the user.

The CLI prints an error's text as it is, under the resource's name.
"""

import re

LAST_LINES = 20
"""How much of a failed command's output is shown."""
_NODE = re.compile(r"(master|slave)-\d+(?=-)")


class ProviderError(Exception):
    """A step that could not be done; its text is one or two lines that a user can act on."""


class CommandFailed(ProviderError):  # noqa: N818
    """A remote command ended badly; the text names it, its exit status, and its last lines.

    `name` is the resource's: <node>-<step> in this project. `exit_status` is None where the process reported none
    (the link dropped); one that a signal ended reports 128 plus its number, and `signal` holds the name. `output`
    is stdout and stderr as they came.
    """

    def __init__(self, *, name: str, output: str, exit_status: int | None, signal: str = "") -> None:
        lines = [f"{_what(name)} {_ending(exit_status, signal)}", *_last(output.rstrip().splitlines())]
        super().__init__("\n".join(lines))


def _what(name: str) -> str:
    node = _NODE.match(name)
    return f"{node[0]}: step {name[node.end() + 1 :]}" if node and len(name) > node.end() else f"command {name}"


def _ending(exit_status: int | None, signal: str) -> str:
    if exit_status is None:
        return "lost its connection before it ended"
    return f"failed with exit status {exit_status}" + (f" (signal {signal})" if signal else "")


def _last(lines: list[str]) -> list[str]:
    if len(lines) <= LAST_LINES:
        return lines
    return [f"... ({len(lines) - LAST_LINES} lines before)", *lines[-LAST_LINES:]]
