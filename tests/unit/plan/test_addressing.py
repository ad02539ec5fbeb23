"""Addresses are unique, apart, inside their ranges, and nobody's depends on who else is there."""

from ipaddress import IPv4Network
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from infra.config.bounds import INDEX_MOST, SLAVES_MOST
from infra.plan import addressing
from tests.unit.plans import plan

counts = st.fixed_dictionaries(
    {"masterCount": st.sampled_from([1, 3, 5, 7]), "slaveCount": st.integers(0, SLAVES_MOST)}
)


def test_the_addresses_are_those_of_the_files_of_2015() -> None:
    weave = IPv4Network("10.2.0.0/16")
    assert str(addressing.bridge(weave, 1)) == "10.2.0.1/16"
    assert str(addressing.containers(weave, 1)) == "10.2.1.0/24"
    assert addressing.slave_index(1) == 10
    assert addressing.bridge_mac(weave, 10) == "02:0a:02:00:00:0a"


@given(counts)
def test_no_two_nodes_share_an_address(sizes: dict[str, int]) -> None:
    nodes = plan(**sizes).nodes
    for attribute in ("index", "bridge", "bridge_mac", "private_address"):
        assert len({getattr(node, attribute) for node in nodes}) == len(nodes)
    ranges = sorted(node.containers for node in nodes)
    assert not any(left.overlaps(right) for left, right in pairwise(ranges))


@given(counts)
def test_every_address_lies_where_it_belongs(sizes: dict[str, int]) -> None:
    whole = plan(**sizes)
    first_container = min(node.containers for node in whole.nodes)[0]
    for node in whole.nodes:
        subnet = whole.subnets[node.zone]
        assert node.containers.subnet_of(whole.settings.weave_cidr)
        assert node.bridge.network == whole.settings.weave_cidr
        # the first /24 holds the bridges, and index 0, whose containers it would be, is nobody's
        assert node.bridge.ip < first_container
        assert subnet[4] <= node.private_address <= subnet[-2]
    assert not any(left.overlaps(right) for left, right in combinations(whole.subnets.values(), 2))


@given(counts, counts, st.sets(st.integers(1, SLAVES_MOST), max_size=5))
def test_a_node_keeps_all_its_addresses_when_others_are_added_and_removed(
    before: dict[str, int], after: dict[str, int], retired: set[int]
) -> None:
    gone = [ordinal for ordinal in retired if ordinal <= after["slaveCount"]]
    here = {node.name: node for node in plan(**before).nodes}
    there = {node.name: node for node in plan(**after, retiredSlaves=gone).nodes}
    assert {name: here[name] for name in here.keys() & there.keys()} == {
        name: there[name] for name in here.keys() & there.keys()
    }


@given(st.integers(16, 25), st.integers(0, 7))
def test_subnets_fill_the_vpc_and_leave_aws_its_addresses(prefix: int, zone: int) -> None:
    vpc = IPv4Network((IPv4Network("10.0.0.0/16").network_address, prefix))
    subnet = addressing.subnet(vpc, zone)
    assert subnet.subnet_of(vpc)
    highest = addressing.private_index_most(vpc)
    assert addressing.private_address(subnet, 1) == subnet[4]
    assert addressing.private_address(subnet, highest) == subnet[-2]


@given(st.integers(16, 22), st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=7))
def test_public_subnets_are_apart_from_each_other_and_from_those_of_nodes_which_stay(
    prefix: int, zones: set[str]
) -> None:
    changes = {"vpcCidr": f"10.0.0.0/{prefix}", "zones": sorted(zones), "services": []}
    public, private = plan(**changes), plan(**changes, topology="private")
    assert private.subnets == public.subnets
    assert private.nodes == public.nodes
    assert not public.public_subnets
    assert private.public_subnets.keys() == private.subnets.keys()
    every = [*private.subnets.values(), *private.public_subnets.values()]
    assert not any(left.overlaps(right) for left, right in combinations(every, 2))
    assert all(subnet.subnet_of(private.settings.vpc_cidr) and subnet.prefixlen <= 28 for subnet in every)


@given(st.integers(16, 25), st.integers(0, 7))
def test_a_reservation_holds_every_planned_address_and_leaves_half_of_the_subnet_or_does_not_exist(
    prefix: int, zone: int
) -> None:
    vpc = IPv4Network((IPv4Network("10.0.0.0/16").network_address, prefix))
    subnet = addressing.subnet(vpc, zone)
    reserved = addressing.reservation(subnet)
    assert (reserved is None) == (prefix > 19)
    if reserved:
        assert reserved.subnet_of(subnet)
        assert 2 * reserved.num_addresses <= subnet.num_addresses
        assert addressing.private_address(subnet, INDEX_MOST) in reserved
