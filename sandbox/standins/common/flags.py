"""Flags in the way of Mesos (stout): `--name=value`, `--name value`, `--switch`, `--no-switch`, and MESOS_NAME."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.standins import WHAT_IT_IS

_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "secs": 1, "mins": 60, "hrs": 3600, "days": 86400, "weeks": 604800}


class WrongFlag(Exception):  # noqa: N818
    """The command line or the environment is wrong; the text is for the user."""


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The texts of the flags that were given or have a default; a switch that is on has `true`."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Raises WrongFlag when it is not there."""
        if name not in self.values:
            raise WrongFlag(f"Flag '{name}' is required, but it was not provided")
        return self.values[name]

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def on(self, name: str) -> bool:
        return self.values.get(name) == "true"

    def number(self, name: str) -> int:
        """Raises WrongFlag."""
        if not re.fullmatch(r"-?\d+", self[name]):
            raise WrongFlag(f"Failed to load value '{self[name]}' for flag '{name}': not a number")
        return int(self[name])

    def seconds(self, name: str) -> float:
        """Raises WrongFlag."""
        try:
            return duration(self[name])
        except ValueError as error:
            raise WrongFlag(f"Failed to load value '{self[name]}' for flag '{name}': {error}") from None


def told(flags: Flags, name: str, version: str, known: Iterable[str]) -> bool:
    """Whether it was asked for its version, or for its flags, and has said it; `name` is the program's."""
    if flags.on("version"):
        print(f"{version} ({WHAT_IT_IS})")
        return True
    if flags.on("help"):
        print("\n".join((f"Usage: {name} [options]", *(f"  --{flag}" for flag in sorted(known)))))
        return True
    return False


def load(
    known: Mapping[str, str | None],
    others: frozenset[str],
    arguments: Sequence[str],
    environment: Mapping[str, str],
    prefix: str = "MESOS_",
) -> Flags:
    """`known`: those that do something here, with their defaults, None for a switch that is off and for what has
    none; `others`: the real one's that change nothing here.

    As in Mesos: a variable with the prefix that names no flag is passed over, a flag that is none is an error.
    Raises WrongFlag.
    """
    names = {*known, *others}
    values = {name: default for name, default in known.items() if default}
    values |= {
        name: _content(value)
        for key, value in environment.items()
        if key.startswith(prefix) and (name := key.removeprefix(prefix).lower()) in names
    }
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise WrongFlag(f"Failed to load unknown argument '{word}': flags start with --")
        name, equals, value = word.removeprefix("--").partition("=")
        off = name.startswith("no-")
        name = name.removeprefix("no-")
        if name not in names:
            raise WrongFlag(f"Failed to load unknown flag '{name}'")
        if off:
            value = "false"
        elif not equals:
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        values[name] = _content(value)
    return Flags(values=values)


def _content(value: str) -> str:
    """Mesos reads a flag's value from a file when it is file:///path."""
    if not value.startswith("file://"):
        return value
    try:
        return Path(value.removeprefix("file://")).read_text().strip()
    except OSError as error:
        raise WrongFlag(f"Failed to read '{value}': {error.strerror}") from None


def duration(text: str) -> float:
    """`10mins` -> 600.0 seconds. Raises ValueError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]+)", text)
    if not match or match[2] not in _UNITS:
        raise ValueError(f"expected a number and one of {', '.join(_UNITS)}")
    return float(match[1]) * _UNITS[match[2]]
