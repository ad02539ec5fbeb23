"""What one health check finds, and the state that several in a row give a target."""

import pytest

from sandbox.balancing.checks import Verdict, accepted, failure
from tests.unit.balancing.conftest import QUICK, Front

GOOD, BAD = "", "refused"


@pytest.mark.parametrize(
    ("codes", "code", "good"),
    [("200", 200, True), ("200", 201, False), ("200,301-399", 302, True), ("200,301-399", 300, False)],
)
def test_the_codes_of_a_good_answer_are_numbers_and_ranges(codes: str, code: int, good: bool) -> None:
    assert accepted(code, codes) is good


@pytest.mark.parametrize(
    ("results", "states"),
    [
        ([GOOD, GOOD, GOOD], ["initial", "initial", "healthy"]),
        ([GOOD, BAD, GOOD, GOOD, GOOD], ["initial", "initial", "initial", "initial", "healthy"]),
        ([BAD, BAD], ["initial", "unhealthy"]),
        ([GOOD] * 3 + [BAD, GOOD, BAD, BAD], ["initial"] * 2 + ["healthy"] * 4 + ["unhealthy"]),
        ([BAD, BAD, GOOD, GOOD, GOOD], ["initial", "unhealthy", "unhealthy", "unhealthy", "healthy"]),
    ],
)
def test_a_state_changes_after_as_many_equal_results_in_a_row_as_the_settings_say(
    results: list[str], states: list[str]
) -> None:
    verdict, check, found = Verdict(), QUICK.model_copy(update={"healthy": 3, "unhealthy": 2}), []
    for result in results:
        verdict.add(result, check)
        found.append(verdict.state)
    assert found == states


async def test_a_check_passes_by_its_path_and_codes_and_otherwise_says_what_it_saw(front: Front) -> None:
    host = front.hosts["one"]
    assert await failure(host.target, QUICK) == ""
    host.status = 503
    assert await failure(host.target, QUICK) == "Health checks failed with these codes: [503]"
    assert await failure(host.target, QUICK.model_copy(update={"codes": "500-599"})) == ""
    host.answer_health.clear()
    hasty = QUICK.model_copy(update={"timeout": 0.1})
    assert await failure(host.target, hasty) == "Health checks failed: no answer in 0.1 s"


async def test_a_check_has_a_port_of_its_own_and_by_tcp_needs_no_answer(front: Front) -> None:
    one, two = front.hosts["one"], front.hosts["two"]
    one.status = 503
    tcp = QUICK.model_copy(update={"protocol": "TCP"})
    assert await failure(one.target, tcp) == ""
    one.stop()
    assert str(one.target.port) in await failure(one.target, tcp)
    there = one.target.model_copy(update={"address": two.target.address})
    assert await failure(there, QUICK.model_copy(update={"port": two.target.port})) == ""
