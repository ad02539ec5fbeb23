"""An error that an operator reads, and how a command ends with it."""

import sys
from typing import NoReturn


class OperatorError(Exception):
    """Why a command stopped, in words for the person who typed it."""


def complain(error: Exception) -> NoReturn:
    """Print the error without a stack trace, and exit with status 1."""
    print(error, file=sys.stderr)
    raise SystemExit(1)
