"""What the CLI's event log says of a failure. Each line is an event, in JSON."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """`resource`: its name in the program, such as slave-3; `message`: the provider's own."""

    resource: str
    message: str


def failures(lines: Iterable[str]) -> Iterator[Failure]:
    """Each error of a resource on AWS; a step's own errors say what to do."""
    return (failure for urn, failure in _errors(lines) if not _is_step(urn))


def step_failures(lines: Iterable[str]) -> Iterator[Failure]:
    """Each error of a step, also one that could not connect to its node."""
    return (failure for urn, failure in _errors(lines) if _is_step(urn))


def stack(lines: Iterable[str]) -> str:
    """The stack's name; "" where no resource had an error."""
    return next((urn.split(":")[2] for urn, _ in _errors(lines) if urn), "")


@dataclass(frozen=True)
class Run:
    """What one run of the program logged; `up` without --skip-preview has two. Resources by their names.

    `notes` are its messages, `done` what was changed or found unchanged, and `failed` what had an error.
    """

    notes: Sequence[str]
    done: Collection[str]
    failed: Sequence[str]


def last_run(lines: Iterable[str]) -> Run:
    """The last one of the log."""
    notes: list[str] = []
    done: set[str] = set()
    failed: list[str] = []
    for event in _events(lines):
        if "preludeEvent" in event:
            notes, done, failed = [], set(), []
        if metadata := (event.get("resOutputsEvent") or {}).get("metadata"):
            done.add(_name(metadata))
        if message := event.get("diagnosticEvent"):
            if message.get("severity") == "error":
                failed.append(_name(message))
            else:
                notes.append(re.sub(r"<\{%.*?%\}>", "", str(message.get("message", ""))).strip())
    return Run(notes, done, failed)


def _name(of: Mapping[str, Any]) -> str:
    return str(of.get("urn") or "").rsplit("::", 1)[-1]


def region(lines: Iterable[str]) -> str:
    """The stack's region, for a sentence."""
    for event in _events(lines):
        if config := (event.get("preludeEvent") or {}).get("config"):
            return str(config.get("aws:region") or "this region")
    return "this region"


def _errors(lines: Iterable[str]) -> Iterator[tuple[str, Failure]]:
    """Each error, with the URN of its resource, or "" where it has none."""
    for event in _events(lines):
        found = event.get("diagnosticEvent") or {}
        urn = str(found.get("urn") or "")
        if found.get("severity") == "error":
            yield urn, Failure(_name(found), str(found.get("message", "")))


def _is_step(urn: str) -> bool:
    return urn.count("::") >= 3 and urn.split("::")[2].rsplit("$", 1)[-1].startswith("command:")


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # the last line of a CLI that was killed
            continue
        if isinstance(event, dict):
            yield event
