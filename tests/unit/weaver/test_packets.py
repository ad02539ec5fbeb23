"""Routers on hosts of their own, whose packets are real."""

import pytest

from tests.unit.waiting import until
from tests.unit.weaver.hosts import DNS, Network


def test_a_mesh_completes_by_gossip_and_carries_packets_between_all(network: Network) -> None:
    first, *others = (network.plug() for _ in range(4))
    first.launch()
    for host in others:
        host.launch(first.address)
    everybody = {1, 2, 3, 4}
    for host in network.hosts:
        rest = everybody - {host.number}
        until(lambda host=host, rest=rest: host.established() == rest, f"host {host.number} has all")  # type: ignore[misc]
    for host in network.hosts:
        for other in network.hosts:
            assert host.reaches(other), f"host {host.number} reaches {other.number}"
    page = first.page("/status/peers")
    assert all(f"{host.name}(host-{host.number})\n" in page for host in network.hosts)
    assert "Peers: 4 (with 12 established connections)" in first.page("/status")


def test_two_routers_that_dial_each_other_keep_one_connection(network: Network) -> None:
    one, two = network.plug(), network.plug()
    one.launch(two.address)
    two.launch(one.address)
    for host, other in ((one, two), (two, one)):
        until(lambda host=host, other=other: host.established() == {other.number}, "connected")  # type: ignore[misc]
    until(lambda: "Connections: 1 (1 established)" in one.page("/status"), "one connection")
    assert one.reaches(two)


@pytest.mark.parametrize(
    ("passwords", "reason"),
    [
        (("secret", "another"), "the passwords differ"),
        (("secret", ""), "no password specified"),
        (("", "secret"), "password specified, but peer requested"),
    ],
)
def test_without_the_same_password_a_connection_fails_with_its_reason_and_no_packet_passes(
    network: Network, passwords: tuple[str, str], reason: str
) -> None:
    one, two = network.plug(), network.plug()
    one.launch(password=passwords[0])
    two.launch(one.address, password=passwords[1])
    until(lambda: reason in two.page("/status/connections"), reason)
    assert ", retry: 2" in two.page("/status/connections")
    assert not two.reaches(one)


def test_names_go_to_all_peers_and_disappear_with_the_router_they_come_from(network: Network) -> None:
    one, two, three = (network.plug() for _ in range(3))
    one.launch(flags=DNS)
    one.put_name("aaaaaaaaaaaa", "10.2.1.0", "web.weave.local")
    two.launch(one.address, flags=DNS)
    three.launch(one.address, flags=DNS)
    three.put_name("bbbbbbbbbbbb", "10.2.3.0", "web.weave.local")
    both = [f"web 10.2.1.0 aaaaaaaaaaaa {one.name}", f"web 10.2.3.0 bbbbbbbbbbbb {three.name}"]
    for host in network.hosts:
        until(lambda host=host: host.names() == both, f"host {host.number} knows both")  # type: ignore[misc]
    three.stop(kill=True)
    until(lambda: two.names() == both[:1], "the killed one's name is gone", seconds=25)
    three.launch(one.address, flags=DNS)
    until(lambda: three.names() == both[:1], "it is back, without a name")
    assert two.names() == both[:1]


def test_peers_are_dialled_forgotten_and_replaced_while_live_connections_stay(network: Network) -> None:
    one, two = network.plug(), network.plug()
    one.launch()
    two.launch()
    two.post("/connect", peer=one.address)
    until(lambda: two.established() == {1}, "connected")
    assert two.page("/status/targets").strip() == one.address
    two.post("/forget", peer=one.address)
    assert two.page("/status/targets").strip() == ""
    two.post("/connect", peer="10.0.9.79", replace="true")
    assert two.page("/status/targets").strip() == "10.0.9.79"
    assert two.established() == {1}
