"""docs/reliability.md, from the records of the tests in tests/e2e/faults: python -m bench.reliability writes it."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from bench.page import WIDTH, Circumstances
from ops.remote.stack import PROJECT

RECORDS = PROJECT / "docs/reliability.json"
PAGE = PROJECT / "docs/reliability.md"
_NOT_COVERED = (
    "AWS itself: the hosts, the API and the load balancer are the sandbox's.",
    "The command plugin of a stack on AWS, Pulumi's own: here it is the sandbox's, which dials and waits as it does.",
    "A clock that is wrong: the hosts share the kernel and the clock of one machine.",
)
"""A sentence for each."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A fault that a test brought about: what held, and in how many seconds all was well again.

    `lost` are the requests of a probe that failed meanwhile; None where no probe ran. `test` is the test's id in its
    folder. `day` is in ISO's form, `machine` and `engine` are as in Circumstances.
    """

    fault: str
    held: str
    seconds: float
    lost: int | None
    test: str
    day: str
    machine: str
    engine: str


def read(file: Path) -> list[Record]:
    return [Record(**row) for row in json.loads(file.read_text())] if file.exists() else []


def forget(file: Path, test: str) -> None:
    """A test that runs again has no record until it has passed again."""
    _write(file, [record for record in read(file) if record.test != test])


def add(file: Path, *, fault: str, held: str, seconds: float, lost: int | None, test: str) -> None:
    """The record of a fault, in place of its last one, with this day and machine."""
    now = _now()
    new = Record(
        fault=fault,
        held=held,
        seconds=round(seconds, 1),
        lost=lost,
        test=test,
        day=now.day.isoformat(),
        machine=now.machine,
        engine=now.cli,
    )
    _write(file, [*(record for record in read(file) if record.fault != fault), new])


@cache
def _now() -> Circumstances:
    return Circumstances.now()


def _write(file: Path, records: Sequence[Record]) -> None:
    rows = [asdict(record) for record in sorted(records, key=lambda record: record.test)]
    file.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def page(records: Sequence[Record]) -> str:
    """The page in Markdown."""
    on = "; ".join(dict.fromkeys(f"on {record.machine}, with the {record.engine}" for record in records))
    text = (
        f"Written by `make chaos`, {on or 'which has not run yet'}. Each row is a test of tests/e2e/faults, which "
        "passed on the day of its row: it breaks a cluster of the sandbox, and checks what holds. Seconds are those "
        "from the end of the fault, or from the fault itself where nobody ends it, until all is well again. Requests "
        "are those of a probe that ran meanwhile; where there is no number, none ran."
    )
    rows = "\n".join(map(_row, records))
    return f"""# Reliability

{textwrap.fill(text, WIDTH)}

| fault | what held | seconds | requests lost | day |
|---|---|---|---|---|
{rows}

## What is not covered

{_list(_NOT_COVERED)}
"""


def _row(record: Record) -> str:
    lost = "" if record.lost is None else record.lost
    return f"| {record.fault} | {record.held} | {record.seconds:.0f} | {lost} | {record.day} |"


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(
        textwrap.fill(sentence, WIDTH, initial_indent="- ", subsequent_indent="  ") for sentence in sentences
    )


if __name__ == "__main__":
    PAGE.write_text(page(read(RECORDS)))
