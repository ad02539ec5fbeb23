"""The load balancer on loopback: who gets connections, and what becomes of those that there are."""

import ssl
from pathlib import Path

import pytest

from tests.unit.balancing.conftest import RESET, Front


async def test_a_target_gets_connections_while_its_health_checks_pass(front: Front) -> None:
    one, two = front.hosts["one"], front.hosts["two"]
    two.answer_health.clear()
    await front.follow("one", "two")
    await front.are(one="healthy", two="initial")
    assert await front.answering() == {"one"}, "a new target waits for its first checks"
    two.answer_health.set()
    await front.are(one="healthy", two="healthy")
    assert await front.answering() == {"one", "two"}
    one.status = 500
    await front.are(one="unhealthy", two="healthy")
    assert await front.answering() == {"two"}
    (found,) = [health for health in front.report.health if health.target == "one"]
    assert (found.reason, found.description) == (
        "Target.FailedHealthChecks",
        "Health checks failed with these codes: [500]",
    )


async def test_where_all_targets_fail_each_gets_connections(front: Front) -> None:
    for host in front.hosts.values():
        host.status = 500
    await front.follow("one", "two")
    await front.are(one="unhealthy", two="unhealthy")
    assert await front.answering() == {"one", "two"}


async def test_a_connection_is_reset_where_there_is_no_target_and_where_the_target_refuses_it(front: Front) -> None:
    await front.follow()
    assert await front.answering() == {RESET}
    await front.follow("one")
    await front.are(one="healthy")
    front.hosts["one"].stop()
    assert await front.answering() == {RESET}


@pytest.mark.parametrize(("cross_zone", "by_two"), [(True, {"one", "two"}), (False, {"two"})])
async def test_the_address_of_a_zone_leads_to_its_own_targets_unless_it_is_cross_zone(
    front: Front, cross_zone: bool, by_two: set[str]
) -> None:
    await front.follow("one", "two", cross_zone=cross_zone)
    await front.are(one="healthy", two="healthy")
    assert await front.answering(address="127.0.0.11") == by_two


@pytest.mark.parametrize("end_unhealthy", [True, False])
async def test_the_connections_of_a_target_that_becomes_unhealthy_end_as_its_group_says(
    front: Front, end_unhealthy: bool
) -> None:
    await front.follow("one", "two", end_unhealthy=end_unhealthy)
    await front.are(one="healthy", two="healthy")
    clients = {await client.ask(): client for client in [await front.connect(), await front.connect()]}
    front.hosts["one"].status = 500
    await front.are(one="unhealthy", two="healthy")
    assert await clients["one"].ask() == (RESET if end_unhealthy else "one")
    assert await clients["two"].ask() == "two"


async def test_the_connections_of_a_target_that_leaves_go_on_while_new_ones_go_elsewhere(front: Front) -> None:
    await front.follow("one", "two")
    await front.are(one="healthy", two="healthy")
    clients = {await client.ask(): client for client in [await front.connect(), await front.connect()]}
    await front.follow("two")
    await front.are(one="draining", two="healthy")
    assert await front.answering() == {"two"}
    assert await clients["one"].ask() == "one"
    checks = front.hosts["one"].checks
    await front.follow("one", "two")
    await front.are(one="healthy", two="healthy")
    assert front.hosts["one"].checks > checks, "one that comes back is checked as a new one"
    assert await clients["one"].ask() == "one"


@pytest.mark.parametrize("end_drained", [True, False])
async def test_after_the_delay_a_target_is_gone_and_its_connections_end_if_its_group_says_so(
    front: Front, end_drained: bool
) -> None:
    await front.follow("one", "two")
    await front.are(one="healthy", two="healthy")
    clients = {await client.ask(): client for client in [await front.connect(), await front.connect()]}
    await front.follow("two", drain=0.05, end_drained=end_drained)
    await front.are(two="healthy")
    assert await clients["one"].ask() == (RESET if end_drained else "one")
    assert await clients["two"].ask() == "two"


async def test_bytes_that_follow_the_end_of_a_client_s_own_still_reach_it(front: Front) -> None:
    await front.follow("one")
    await front.are(one="healthy")
    client = await front.connect()
    assert await client.ask() == "one"
    assert await client.finish() == "one bye\n"


async def test_a_listener_that_is_removed_leaves_its_connections(front: Front) -> None:
    await front.follow("one")
    await front.are(one="healthy")
    client, old = await front.connect(), front.port
    assert await client.ask() == "one"
    front.port = 0
    await front.follow("one")
    front.port = old
    with pytest.raises(ConnectionRefusedError):
        await front.connect()
    assert await client.ask() == "one"


async def test_a_listener_with_a_certificate_decrypts(
    front: Front, certificate: dict[str, str], tmp_path: Path
) -> None:
    await front.follow("one", listener=certificate)
    await front.are(one="healthy")
    (tmp_path / "trusted.pem").write_text(certificate["certificate"])
    trusting = ssl.create_default_context(cafile=str(tmp_path / "trusted.pem"))
    client = await front.connect(ssl=trusting, server_hostname="api.example.com")
    assert await client.ask() == "one"


async def test_a_port_that_is_taken_is_a_problem_in_the_report_until_it_is_free(front: Front) -> None:
    other = await front.host("other", "127.0.0.10")
    front.port = other.target.port
    await front.follow("one")
    assert "address already in use" in front.report.problem
    other.stop()
    await front.follow("one")
    assert front.report.problem == ""
