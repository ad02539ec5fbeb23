"""The addresses of a load balancer: an interface in each of its subnets, as on AWS.

So nothing else gets an address of it, its subnets cannot be deleted, and security groups have it as a member.
"""

from ipaddress import IPv4Address
from typing import Any

from sandbox.cloud.moto_state import Region
from sandbox.cloud.rules.records import Records

KIND = "network_load_balancer"


def place(region: Region, balancer: Any) -> dict[str, IPv4Address]:
    """The address of a load balancer in each of its zones; makes the interfaces that it lacks."""
    present = {interface.subnet.id: interface for interface in _interfaces(region, balancer.arn)}
    wanted = {subnet.id: subnet for subnet in balancer.subnets}
    for subnet_id, interface in present.items():
        if subnet_id not in wanted:
            _release(region, interface)
    for subnet_id, subnet in wanted.items():
        if subnet_id not in present:
            present[subnet_id] = _interface(region, balancer, subnet)
        groups = [region.backend.get_security_group_from_id(group) for group in balancer.security_groups or ()]
        present[subnet_id]._group_set = [group for group in groups if group]
    return {
        subnet.availability_zone: IPv4Address(present[subnet.id].private_ip_address) for subnet in wanted.values()
    }


def withdraw(region: Region, arn: str) -> None:
    """Give back the addresses of a load balancer that is deleted."""
    for interface in _interfaces(region, arn):
        _release(region, interface)


def _interfaces(region: Region, arn: str) -> list[Any]:
    """moto's network interfaces of a load balancer."""
    return [each for each in region.backend.enis.values() if each.description == _description(arn)]


def _description(arn: str) -> str:
    """As AWS writes it on an interface, the name and the id at last."""
    return f"ELB net/{'/'.join(arn.split('/')[-2:])}"


def _interface(region: Region, balancer: Any, subnet: Any) -> Any:
    # Any that is free: AWS says no more of its choice. The last one is the least likely to be planned.
    last = max(Records(region).free(subnet), default=None)
    if last is None:
        raise ValueError(f"{subnet.id} has no free address for a load balancer")
    address = str(last)
    made = region.backend.create_network_interface(
        subnet, address, group_ids=balancer.security_groups, description=_description(balancer.arn)
    )
    made.interface_type, made.status, made.requester_managed = KIND, "in-use", True
    subnet.request_ip(address, made)
    return made


def _release(region: Region, interface: Any) -> None:
    interface.subnet.del_subnet_ip(interface.private_ip_address)
    del region.backend.enis[interface.id]
