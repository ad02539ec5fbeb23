"""Routers on hosts of their own, whose packets are real."""

import subprocess

import pytest

from tests.unit.weaver.hosts import DNS, Network, ip, wait_until


def test_a_mesh_completes_by_gossip_and_carries_packets_between_all(network: Network) -> None:
    first, *others = (network.plug() for _ in range(4))
    first.launch()
    for host in others:
        host.launch(first.address)
    everybody = {1, 2, 3, 4}
    for host in network.hosts:
        rest = everybody - {host.number}
        wait_until(lambda host=host, rest=rest: host.established() == rest, f"host {host.number} has all")  # type: ignore[misc]
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
        wait_until(lambda host=host, other=other: host.established() == {other.number}, "connected")  # type: ignore[misc]
    wait_until(lambda: "Connections: 1 (1 established)" in one.page("/status"), "one connection")
    assert one.reaches(two)


def test_a_wrong_password_is_shown_as_failed_with_its_reason_and_no_packet_passes(network: Network) -> None:
    one, two = network.plug(), network.plug()
    one.launch()
    two.launch(one.address, password="another")
    wait_until(lambda: " failed " in two.page("/status/connections"), "the connection has failed")
    assert "the passwords differ" in two.page("/status/connections")
    assert ", retry: 2" in two.page("/status/connections")
    assert not two.reaches(one)


@pytest.mark.parametrize(
    ("passwords", "reason"),
    [(("secret", ""), "no password specified"), (("", "secret"), "password specified, but peer requested")],
)
def test_a_password_on_one_side_only_is_refused(network: Network, passwords: tuple[str, str], reason: str) -> None:
    one, two = network.plug(), network.plug()
    one.launch(password=passwords[0])
    two.launch(one.address, password=passwords[1])
    wait_until(lambda: reason in two.page("/status/connections"), reason)


def test_routers_without_a_password_connect(network: Network) -> None:
    one, two = network.plug(), network.plug()
    one.launch(password="")
    two.launch(one.address, password="")
    wait_until(lambda: two.reaches(one), "packets pass")
    assert "PasswordProtected: no\n" in two.page("/status")


def test_a_killed_peer_leaves_and_comes_back_after_its_restart(network: Network) -> None:
    one, two, three = (network.plug() for _ in range(3))
    one.launch()
    two.launch(one.address)
    three.launch(one.address)
    wait_until(lambda: two.established() == {1, 3}, "all are there")
    three.stop(kill=True)
    wait_until(lambda: three.name not in two.page("/status/peers"), "the killed one is gone", seconds=25)
    assert two.reaches(one)
    three.launch(one.address)  # the device that the killed one left behind is in its way
    wait_until(lambda: two.established() == {1, 3}, "it is back")
    wait_until(lambda: two.reaches(three), "packets pass again")


def test_names_go_to_all_peers_and_disappear_with_the_router_they_come_from(network: Network) -> None:
    one, two, three = (network.plug() for _ in range(3))
    one.launch(flags=DNS)
    one.put_name("aaaaaaaaaaaa", "10.2.1.0", "web.weave.local")
    two.launch(one.address, flags=DNS)
    three.launch(one.address, flags=DNS)
    three.put_name("bbbbbbbbbbbb", "10.2.3.0", "web.weave.local")
    both = [f"web 10.2.1.0 aaaaaaaaaaaa {one.name}", f"web 10.2.3.0 bbbbbbbbbbbb {three.name}"]
    for host in network.hosts:
        wait_until(lambda host=host: host.names() == both, f"host {host.number} knows both")  # type: ignore[misc]
    three.stop(kill=True)
    wait_until(lambda: two.names() == both[:1], "the killed one's name is gone", seconds=25)
    three.launch(one.address, flags=DNS)
    wait_until(lambda: three.names() == both[:1], "it is back, without a name")
    assert two.names() == both[:1]


def test_a_router_that_is_stopped_removes_its_device(network: Network) -> None:
    one = network.plug()
    one.launch()
    assert "vxlan-6784" in ip("-n", one.namespace, "link")
    one.stop()
    assert "vxlan-6784" not in ip("-n", one.namespace, "link")
    assert "weave" in ip("-n", one.namespace, "link")


def test_connect_dials_at_once_and_forget_leaves_a_live_connection(network: Network) -> None:
    one, two = network.plug(), network.plug()
    one.launch()
    two.launch()
    two.post("/connect", peer=one.address)
    wait_until(lambda: two.established() == {1}, "connected")
    assert two.page("/status/targets").strip() == one.address
    two.post("/forget", peer=one.address)
    assert two.page("/status/targets").strip() == ""
    assert two.established() == {1}


def test_connect_with_replace_puts_the_new_list_in_place_of_the_old(network: Network) -> None:
    one = network.plug()
    one.launch("10.0.9.77", "10.0.9.78")
    one.post("/connect", peer="10.0.9.79", replace="true")
    assert one.page("/status/targets").strip() == "10.0.9.79"


def test_the_connection_limit_refuses_one_more(network: Network) -> None:
    one, two, three = (network.plug() for _ in range(3))
    one.launch(flags=("--no-dns", "--conn-limit", "1"))
    two.launch(one.address)
    wait_until(lambda: two.established() == {1}, "the first is in")
    three.launch(one.address)
    wait_until(lambda: "Connection limit reached (1)" in three.page("/status/connections"), "the second is refused")


def test_a_router_dialling_itself_gives_up_for_good(network: Network) -> None:
    one = network.plug()
    one.launch(one.address)
    wait_until(lambda: "retry: never" in one.page("/status/connections"), "it has given up")
    assert "cannot connect to ourself" in one.page("/status/connections")
    assert one.established() == set()


def test_a_router_started_where_one_ran_before_takes_the_old_peers_as_the_real_one_does(
    network: Network,
) -> None:
    one = network.plug()
    one.launch("10.0.9.77", folder="same")
    one.stop()
    one.launch("10.0.9.78", folder="same")
    assert one.page("/status/targets").strip() == "10.0.9.77"
    one.stop()
    one.launch("10.0.9.78", folder="other")
    assert one.page("/status/targets").strip() == "10.0.9.78"


def test_a_router_does_not_start_where_its_port_is_taken_and_spares_the_router_that_has_it(network: Network) -> None:
    one = network.plug()
    one.launch()
    command = ("ip", "netns", "exec", one.namespace, str(one.weaver), "--no-dns", "--db-prefix", "./weave")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=network.folder)
    assert done.returncode == 1
    assert "FATA: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "vxlan-6784" in ip("-n", one.namespace, "link")
