"""Command lines of stand-ins, read by argparse and refused with the exit status of the real program."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """`status` is the exit status for a wrong command line. Variables that start with `prefix` are flags too."""

    def __init__(self, program: str, version: str, *, status: int, prefix: str = "") -> None:
        super().__init__(
            prog=program, allow_abbrev=False, add_help=False, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        self._status, self._prefix = status, prefix
        self.add_argument("--help", action="help")
        self.add_argument("--version", action="version", version=version)

    def ignore(self, *flags: str) -> None:
        """Flags that the nodes pass to the real program, and that change nothing here."""
        for flag in flags:
            self.add_argument(flag, help="accepted, and changes nothing in this stand-in")

    def read(
        self, words: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
    ) -> argparse.Namespace:
        """Of this process unless given. A flag takes precedence over its variable. Exits where anything is wrong."""
        variables = {} if not self._prefix else os.environ if environment is None else environment
        given = [
            f"--{name.removeprefix(self._prefix).lower()}={value}"
            for name, value in variables.items()
            if name.startswith(self._prefix)
        ]
        found, unknown = self.parse_known_args([*given, *(sys.argv[1:] if words is None else words)])
        if unknown:
            self.error(f"this stand-in has no {unknown[0].partition('=')[0]}")
        return found

    def error(self, message: str) -> NoReturn:
        self.exit(self._status, f"{self.prog}: {message}\n")
