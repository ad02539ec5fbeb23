"""docs/reliability.md, from the records of the tests in tests/e2e/faults: python -m bench.reliability writes it."""

import json
import os
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
    "AWS itself: the hosts, the API, the registry and the load balancer are the sandbox's.",
    "Pulumi's own command plugin, which a stack on AWS uses: here it is the sandbox's. By its source, Pulumi's waits "
    "without end for a node whose port 22 accepts a connection and stays silent: press Ctrl-C twice, and then `make "
    "status` names the node. It prints attempts to connect in a terminal; the sandbox's prints none.",
    "Behind the bastion, a node whose sshd comes and goes: `up` retries through it, but no test here has seen it.",
    "A clock that is an hour off: the hosts share the clock of one machine.",
    "A disk that is full everywhere: one folder of the node is full, where steps write what they put in place.",
    "A step's own bound of 15 minutes: the test gives its step one of 20 s.",
    "A master that loses power during `up`, nodes that are cut off from each other, and the bound within which `up` "
    "names a dead node.",
    "A zone that fails, packets that are lost or late, and a disk that stops answering.",
)
"""A sentence for each."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A fault that a test brought about: what held, and in how many seconds all was well again.

    `lost` are the requests of a probe that failed meanwhile; None where no probe ran. `test` is the test's id in its
    folder. `day` is in ISO's form, `machine` and `engine` are as in Circumstances, and `load` is the machine's load
    average at the end.
    """

    fault: str
    held: str
    seconds: float
    lost: int | None
    test: str
    day: str
    machine: str
    engine: str
    load: int | None = None


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
        load=round(os.getloadavg()[0]),
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
        "from the end of the fault, or from the fault itself if it does not end, until all is well again. Requests "
        "are those of a probe that ran meanwhile; where there is no number, none ran. Where the "
        "load average is far above the number of cores, all of it takes longer."
    )
    rows = "\n".join(map(_row, records))
    return f"""# Reliability

{textwrap.fill(text, WIDTH)}

| fault | what held | seconds | requests lost | load average | day |
|---|---|---|---|---|---|
{rows}

## What is not covered

{_list(_NOT_COVERED)}
"""


def _row(record: Record) -> str:
    lost, load = ("" if value is None else value for value in (record.lost, record.load))
    return f"| {record.fault} | {record.held} | {record.seconds:.0f} | {lost} | {load} | {record.day} |"


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(
        textwrap.fill(sentence, WIDTH, initial_indent="- ", subsequent_indent="  ") for sentence in sentences
    )


if __name__ == "__main__":
    PAGE.write_text(page(read(RECORDS)))
