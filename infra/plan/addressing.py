"""Every address of a node, computed from its weave index alone: adding or removing a node moves no other's."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from infra.config.bounds import INDEX_MOST, MASTERS_MOST, SUBNET_BITS

RESERVED_FIRST = 4
RESERVED_LAST = 1
"""AWS reserves the first four addresses of a subnet and the last (VPC User Guide, "Subnet CIDR blocks")."""


def master_index(ordinal: int) -> int:
    """1 for master-1."""
    return ordinal


def slave_index(ordinal: int) -> int:
    """10 for slave-1."""
    return MASTERS_MOST + ordinal


def bridge(weave: IPv4Network, index: int) -> IPv4Interface:
    """10.2.0.10/16 for index 10 in 10.2.0.0/16."""
    return IPv4Interface((weave.network_address + index, weave.prefixlen))


def containers(weave: IPv4Network, index: int) -> IPv4Network:
    """10.2.10.0/24 for index 10 in 10.2.0.0/16: up to 256 containers a node."""
    return IPv4Network((weave.network_address + 256 * index, 24))


def bridge_mac(weave: IPv4Network, index: int) -> str:
    """02:0a:02:00:00:0a for index 10 in 10.2.0.0/16. It is also the router's name of the node."""
    first, second = weave.network_address.packed[:2]
    return f"02:{first:02x}:{second:02x}:00:00:{index:02x}"


def index_most(weave: IPv4Network) -> int:
    """The highest index whose /24 still lies in `weave`; 0 when not even one does."""
    return min(INDEX_MOST, weave.num_addresses // 256 - 1)


def subnet(vpc: IPv4Network, zone: int) -> IPv4Network:
    """The subnet of the zone at this place in the list of zones, from 0."""
    size = vpc.num_addresses >> SUBNET_BITS
    return IPv4Network((vpc.network_address + zone * size, vpc.prefixlen + SUBNET_BITS))


def public_subnet(vpc: IPv4Network, zone: int) -> IPv4Network:
    """10.0.224.0/22 for the first zone in 10.0.0.0/16: an eighth of the VPC's last eighth.

    With private nodes, the load balancer, the NAT gateways and the bastion are in these subnets. The nodes' own stay
    where they are without them.
    """
    last = subnet(vpc, 2**SUBNET_BITS - 1)
    return subnet(last, zone)


def private_address(subnet: IPv4Network, index: int) -> IPv4Address:
    """10.0.0.13 for index 10 in 10.0.0.0/19: the first address that AWS does not reserve is index 1's."""
    return subnet.network_address + RESERVED_FIRST - 1 + index


def private_range(subnet: IPv4Network, first: int, last: int) -> tuple[IPv4Address, IPv4Address]:
    """The addresses of the indices from first to last, as far as the subnet has them."""
    return private_address(subnet, first), private_address(subnet, min(last, subnet_index_most(subnet)))


def reservation(subnet: IPv4Network) -> IPv4Network | None:
    """The part of a subnet that holds the address of every index, aligned; None where that is all of the subnet.

    10.0.0.0/23 for 10.0.0.0/19: index 254 is at offset 257. What AWS places in the subnet, such as a load balancer,
    gets its addresses from the rest.
    """
    prefix = 32 - (RESERVED_FIRST - 1 + INDEX_MOST).bit_length()
    return IPv4Network((subnet.network_address, prefix)) if prefix > subnet.prefixlen else None


def private_index_most(vpc: IPv4Network) -> int:
    """The highest index that has an address in every subnet of the VPC."""
    return subnet_index_most(subnet(vpc, 0))


def subnet_index_most(subnet: IPv4Network) -> int:
    """The highest index that has an address in this subnet."""
    return subnet.num_addresses - RESERVED_FIRST - RESERVED_LAST
