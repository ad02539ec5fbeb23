"""docs/reliability.md: the page, and the records that it is made from."""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from bench.page import Circumstances
from bench.reliability import PAGE, RECORDS, add, forget, page, read
from ops.remote.stack import PROJECT

WHEN = Circumstances(day=date(2031, 5, 7), machine="box: 4 cores", cli="Pulumi CLI v3.0.0", beside="nothing ran")
ROWS = """| no power | all goes on | 62 | 0 | 4 | 2031-05-07 |
| a disk is full | `up` names it | 3 |  | 4 | 2031-05-07 |
"""


@pytest.fixture(autouse=True)
def _no_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (3.6, 0, 0))
    monkeypatch.setattr(Circumstances, "now", classmethod(lambda _: WHEN))


@pytest.fixture
def records(tmp_path: Path) -> Path:
    file = tmp_path / "records.json"
    add(file, fault="a disk is full", held="`up` names it", seconds=3.04, lost=None, test="test_b.py::test_disk")
    add(file, fault="no power", held="all goes on", seconds=61.6, lost=0, test="test_a.py::test_power")
    return file


def test_the_page_has_a_row_for_each_fault_in_the_order_of_their_tests(records: Path) -> None:
    written = page(read(records))
    assert ROWS in written
    assert "on box: 4 cores, with the Pulumi CLI v3.0.0." in written.replace("\n", " ")
    assert max(map(len, written.splitlines())) <= 118


def test_a_fault_that_is_recorded_again_has_its_new_row_alone(records: Path) -> None:
    add(records, fault="no power", held="all goes on", seconds=50, lost=2, test="test_a.py::test_power")
    assert [(row.fault, row.seconds, row.lost) for row in read(records)] == [
        ("no power", 50, 2),
        ("a disk is full", 3.0, None),
    ]


def test_a_test_that_runs_again_has_no_row_until_it_has_passed(records: Path) -> None:
    forget(records, "test_a.py::test_power")
    assert [row.fault for row in read(records)] == ["a disk is full"]


def test_the_committed_page_is_that_of_the_committed_records() -> None:
    assert PAGE.read_text() == page(read(RECORDS))


def test_each_committed_record_is_of_a_test_that_exists() -> None:
    for row in read(RECORDS):
        module, _, test = row.test.partition("::")
        text = (PROJECT / "tests/e2e/faults" / module).read_text()
        assert re.search(rf"^(async )?def {re.escape(test.partition('[')[0])}\(", text, re.MULTILINE), row.test
