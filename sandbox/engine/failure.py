"""Exceptions of providers as sentences."""

from sandbox.engine.events import Failure
from sandbox.providers.failure import CommandFailed

LAST_LINES = 20
"""How much of a failed command's output is shown."""


def failure_of(error: BaseException) -> Failure:
    """No stack trace: what a provider says is meant for the user."""
    if isinstance(error, CommandFailed):
        return _command(error)
    text = str(error).strip() or type(error).__name__
    if isinstance(error, KeyError | AttributeError | TypeError | AssertionError | NotImplementedError):
        text = f"{type(error).__name__}: {text}"  # the provider's own fault: the bare text says too little
    title, *rest = text.splitlines()
    return Failure(title=title, lines=tuple(_last(rest)))


def _command(error: CommandFailed) -> Failure:
    if error.exit_status is None:
        title = "the connection dropped before the command ended"
    else:
        title = f"command failed with exit status {error.exit_status}"
    if error.signal:
        title += f" (signal {error.signal})"
    return Failure(title=title, lines=tuple(_last(error.output.rstrip().splitlines())))


def _last(lines: list[str]) -> list[str]:
    if len(lines) <= LAST_LINES:
        return lines
    return [f"... ({len(lines) - LAST_LINES} lines before)", *lines[-LAST_LINES:]]
