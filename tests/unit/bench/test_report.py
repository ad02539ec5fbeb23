"""The page that `make bench` writes."""

from datetime import date

import pytest

from bench.figure import GIGABYTES, PERCENT, RATE, SECONDS, Figure, Unit, timed
from bench.page import Circumstances, Part, report
from bench.throughput import rate_of
from ops.remote.errors import OperatorError

WHEN = Circumstances(
    day=date(2031, 5, 7),
    cli="Pulumi CLI v3.0.0",
    machine="box: 4 cores of A Model, 8 GiB, Linux 9.9",
    beside="the load average was 0.5, and 7 hosts of other sandboxes ran",
)
PAGE = """# Performance

Written by `make bench` on 2031-05-07, with the Pulumi CLI v3.0.0, on box: 4 cores of A Model, 8 GiB, Linux 9.9. At
its start, the load average was 0.5, and 7 hosts of other sandboxes ran. Medians, with the range of all runs.

## One

Measured in this way.

| what | measured | aim |
|---|---|---|
| the first | 1.5 s | under 2 s |
| the second | 3.0 s (1.0 to 9.0, 3 runs) | under 3 s, missed |

## Two

And in this.

| what | measured | aim |
|---|---|---|
| requests | 1235 requests/s |  |
"""


def test_the_page_has_every_figure_with_its_aim_and_the_load_of_the_machine() -> None:
    parts = [
        Part(
            title="One",
            text="Measured in this way.",
            figures=[
                Figure(name="the first", runs=[1.5], under=2),
                Figure(name="the second", runs=[9, 1, 3], under=3),
            ],
        ),
        Part(title="Two", text="And in this.", figures=[Figure(name="requests", runs=[1234.56], unit=RATE)]),
    ]
    assert report(parts, WHEN) == PAGE


def test_a_part_s_text_is_wrapped_as_the_other_pages_are() -> None:
    page = report([Part(title="One", text="word " * 100, figures=[])], WHEN)
    assert max(map(len, page.splitlines())) <= 118


@pytest.mark.parametrize(
    ("runs", "unit", "under", "measured", "aim"),
    [
        ([2.04], SECONDS, None, "2.0 s", ""),
        ([2.96, 1.04, 1.5], SECONDS, 1.5, "1.5 s (1.0 to 3.0, 3 runs)", "under 1.5 s, missed"),
        ([2.0, 4.0], SECONDS, 3.5, "3.0 s (2.0 to 4.0, 2 runs)", "under 3.5 s"),
        ([1.234], GIGABYTES, 1.5, "1.23 GB", "under 1.5 GB"),
        ([90.4, 111.2], PERCENT, None, "101 % (90 to 111, 2 runs)", ""),
    ],
)
def test_a_figure_has_its_median_its_range_and_its_aim(
    runs: list[float], unit: Unit, under: float | None, measured: str, aim: str
) -> None:
    figure = Figure(name="it", runs=runs, unit=unit, under=under)
    assert (figure.measured, figure.aim) == (measured, aim)


def test_a_timed_call_is_made_once_for_each_run() -> None:
    calls: list[int] = []
    assert len(timed("it", lambda: calls.append(1), runs=4).runs) == len(calls) == 4


WRK = """Running 10s test @ http://10.2.10.0:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    55.48ms   27.00ms 173.22ms   88.93%
    Req/Sec   131.10     47.48   200.00     55.00%
  267 requests in 2.09s, 31.63KB read
{}Requests/sec:    127.79
Transfer/sec:     15.14KB
"""


def test_the_rate_is_the_one_that_wrk_prints() -> None:
    assert rate_of(WRK.format("")) == 127.79


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (WRK.format("  Non-2xx or 3xx responses: 12\n"), "Non-2xx or 3xx responses: 12"),
        (WRK.format("  Socket errors: connect 0, read 3, write 0, timeout 0\n"), "connect 0, read 3, write 0"),
        ("unable to connect to 10.2.10.0:8080 Connection refused\n", "unable to connect to 10.2.10.0:8080"),
    ],
)
def test_failed_requests_are_an_error_instead_of_a_rate(output: str, why: str) -> None:
    with pytest.raises(OperatorError, match=why):
        rate_of(output)
