"""What a provider raises: sentences for the user, and fields for a caller that shows less of them.

Cheap to import, so that an engine can name these classes before any provider is loaded.
"""

import json


class ProviderError(Exception):
    """A step that could not be done; its text is one or two lines that a user can act on."""


class DialFailed(ProviderError):  # noqa: N818 - read as a sentence: the dial failed
    """No SSH connection came up: `host`, `port`, and how many `attempts` were made."""

    def __init__(self, *, host: str, port: int, attempts: int, reason: str) -> None:
        super().__init__(f"after {attempts} failed attempts: dial tcp {host}:{port}: {reason}")
        self.host = host
        self.port = port
        self.attempts = attempts


class CommandFailed(ProviderError):  # noqa: N818
    """A remote command ended badly.

    `exit_status` is None when the process never reported one (the link dropped); a process ended by a
    signal reports 128 plus its number and `signal` holds the name. `output` is stdout and stderr as they
    came, `command` the whole text. str() says all of it, as the real plugin does; a terse caller uses
    the fields.
    """

    def __init__(self, *, command: str, output: str, exit_status: int | None, signal: str = "") -> None:
        super().__init__(f"{_ending(exit_status, signal)}: running {_quoted(command)}:\n{output}")
        self.command = command
        self.output = output
        self.exit_status = exit_status
        self.signal = signal


def _ending(exit_status: int | None, signal: str) -> str:
    if exit_status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {exit_status}" + (f" from signal {signal}" if signal else "")


def _quoted(command: str) -> str:
    return json.dumps(command, ensure_ascii=False)
