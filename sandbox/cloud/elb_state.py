"""moto's load balancers, as orders for those that run here; and their addresses and health, for the API's answers."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from sandbox.balancing.spec import Health, HealthCheck, Listener, Order, Target, TargetGroup
from sandbox.cloud.moto_state import Region

KIND = "network_load_balancer"
HealthOf = Callable[[str], list[Health]]  # the targets of a group, by its ARN


def backend(region: Region) -> Any:
    """moto's part of the load balancers' API for one region."""
    return get_backend("elbv2")[DEFAULT_ACCOUNT_ID][region.backend.region_name]


def network_balancers(region: Region) -> list[Any]:
    """moto's network load balancers; one of another type exists in its records only."""
    return [balancer for balancer in backend(region).load_balancers.values() if balancer.type == "network"]


# -- addresses: an interface in each subnet, as on AWS, so that nothing else gets the address or deletes the subnet


def interfaces(region: Region, balancer: Any) -> list[Any]:
    """moto's network interfaces of a load balancer, in the order of its subnets."""
    return [each for each in region.backend.enis.values() if each.description == _description(balancer.arn)]


def place(region: Region, balancer: Any) -> dict[str, IPv4Address]:
    """The address of a load balancer in each of its zones; makes the interfaces that it lacks."""
    present = {interface.subnet.id: interface for interface in interfaces(region, balancer)}
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
    for interface in list(region.backend.enis.values()):
        if interface.description == _description(arn):
            _release(region, interface)


def _description(arn: str) -> str:
    """As AWS writes it on an interface, the name and the id at last."""
    return f"ELB net/{'/'.join(arn.split('/')[-2:])}"


def _interface(region: Region, balancer: Any, subnet: Any) -> Any:
    address = str(_free_address(subnet))
    made = region.backend.create_network_interface(
        subnet, address, group_ids=balancer.security_groups, description=_description(balancer.arn)
    )
    made.interface_type, made.status, made.requester_managed = KIND, "in-use", True
    subnet.request_ip(address, made)
    return made


def _free_address(subnet: Any) -> IPv4Address:
    """The last one that nothing has and that no reservation holds; AWS says of its choice only that."""
    for offset in range(1, subnet.cidr.num_addresses - 4):
        address: IPv4Address = subnet.cidr.broadcast_address - offset
        if address not in subnet._reserved_ips and str(address) not in subnet._subnet_ips:
            return address
    raise ValueError(f"{subnet.id} has no free address for a load balancer")


def _release(region: Region, interface: Any) -> None:
    interface.subnet.del_subnet_ip(interface.private_ip_address)
    del region.backend.enis[interface.id]


# -- orders


def order(region: Region, balancer: Any, addresses: dict[str, IPv4Address]) -> Order:
    """What the load balancer is to do, by moto's records."""
    listeners = [listener for listener in balancer.listeners.values() if _forwards_to(listener)]
    groups = {_forwards_to(listener): None for listener in listeners}
    return Order(
        addresses=addresses,
        listeners=tuple(_listener(region, listener) for listener in listeners),
        groups=tuple(_group(region, balancer, backend(region).target_groups[arn]) for arn in groups),
    )


def _forwards_to(listener: Any) -> str:
    """The ARN of the group to which a listener passes connections on."""
    return next((str(action.data.get("TargetGroupArn", "")) for action in listener.default_actions), "")


def _listener(region: Region, listener: Any) -> Listener:
    certificate, key = "", ""
    if listener.protocol == "TLS":
        found = get_backend("acm")[DEFAULT_ACCOUNT_ID][region.backend.region_name].get_certificate(
            listener.certificate
        )
        certificate, key = f"{found.cert.decode()}\n{found.chain.decode()}", found.key.decode()
    return Listener(port=int(listener.port), group=_forwards_to(listener), certificate=certificate, key=key)


def _group(region: Region, balancer: Any, group: Any) -> TargetGroup:
    own_zones = {subnet.availability_zone for subnet in balancer.subnets}
    attributes = group.attributes
    cross_zone = str(attributes["load_balancing.cross_zone.enabled"])
    if cross_zone not in ("true", "false"):
        cross_zone = str(balancer.attrs["load_balancing.cross_zone.enabled"])
    return TargetGroup(
        name=group.arn,
        check=_check(group),
        targets=tuple(target for target in _targets(region, group) if target.zone in own_zones),
        drain=float(attributes["deregistration_delay.timeout_seconds"]),
        end_drained=attributes.get("deregistration_delay.connection_termination.enabled") == "true",
        end_unhealthy=attributes.get("target_health_state.unhealthy.connection_termination.enabled") != "false",
        cross_zone=cross_zone == "true",
    )


def _check(group: Any) -> HealthCheck:
    matcher = getattr(group, "matcher", None) or {}
    port = str(group.health_check_port)
    return HealthCheck(
        protocol=group.health_check_protocol,
        port=int(port) if port.isdecimal() else 0,
        path=group.health_check_path or "/",
        codes=matcher.get("HttpCode") or "200-399",
        interval=float(group.health_check_interval_seconds),
        timeout=float(group.health_check_timeout_seconds),
        healthy=int(group.healthy_threshold_count),
        unhealthy=int(group.unhealthy_threshold_count),
    )


def _targets(region: Region, group: Any) -> Iterator[Target]:
    """The registered instances that run."""
    for target in group.targets.values():
        instance = region.backend.get_instance_by_id(target["Id"])
        if instance and instance.state == "running" and (subnet := region.subnet(instance.subnet_id)):
            yield Target(
                name=instance.id,
                address=IPv4Address(instance.private_ip),
                port=int(target["Port"]),
                zone=subnet.availability_zone,
            )


# -- health


def answer_health(region: Region, health_of: HealthOf) -> None:
    """Have DescribeTargetHealth answer what `health_of` says; moto calls every target healthy."""
    elb = backend(region)
    if "describe_target_health" in vars(elb):
        return
    by_moto = elb.describe_target_health

    def describe(target_group_arn: str, targets: list[dict[str, Any]]) -> list[Any]:
        seen = {health.target: health for health in health_of(target_group_arn)}
        group = elb.target_groups.get(target_group_arn)
        if group and not targets:
            draining = [name for name in seen if name not in group.targets]
            targets = [*group.targets.values(), *({"Id": name} for name in draining)]
        answers = by_moto(target_group_arn, targets)
        for answer in answers:
            _correct(answer, seen.get(answer.instance_id), in_use=bool(group.load_balancer_arns))
        return list(answers)

    elb.describe_target_health = describe


def _correct(answer: Any, seen: Health | None, *, in_use: bool) -> None:
    """`seen` is the target as the load balancer has it; moto knows what is stopped or not registered."""
    if answer.status == "healthy" and not in_use:
        answer.status, answer.reason = "unused", "Target.NotInUse"
        answer.description = "Target group is not configured to receive traffic from the load balancer"
    elif answer.status == "healthy" and not seen:
        answer.status, answer.reason = "initial", "Elb.RegistrationInProgress"
        answer.description = "Target registration is in progress"
    elif answer.status == "draining" and not seen:
        answer.status, answer.reason = "unused", "Target.NotRegistered"
        answer.description = "Target is not registered to the target group"
    elif seen and (answer.status == "healthy" or seen.state == "draining") and answer.reason != "Target.InvalidState":
        answer.status = seen.state
        answer.reason, answer.description = seen.reason or None, seen.description or None


def answer_state(balancer: Any, state: Callable[[], str]) -> None:
    """Have DescribeLoadBalancers answer what `state` says; moto calls one active as soon as it is described."""

    def activate() -> None:  # moto calls it before each answer
        balancer.state = state()

    balancer.activate = activate
