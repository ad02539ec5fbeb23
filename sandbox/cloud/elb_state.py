"""moto's load balancers, as orders for those that run here."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from sandbox.balancing.spec import HealthCheck, Listener, Order, Target, TargetGroup
from sandbox.cloud.moto_state import Region


def network_balancers(region: Region) -> list[Any]:
    """moto's network load balancers; one of another type exists in its records only."""
    return [balancer for balancer in region.service("elbv2").load_balancers.values() if balancer.type == "network"]


def order(region: Region, balancer: Any, addresses: dict[str, IPv4Address]) -> Order:
    """What the load balancer is to do, by moto's records."""
    listeners = [listener for listener in balancer.listeners.values() if _forwards_to(listener)]
    groups = {_forwards_to(listener): None for listener in listeners}
    known = region.service("elbv2").target_groups
    return Order(
        addresses=addresses,
        listeners=tuple(_listener(region, listener) for listener in listeners),
        groups=tuple(_group(region, balancer, known[arn]) for arn in groups),
    )


def _forwards_to(listener: Any) -> str:
    """The ARN of the group to which a listener passes connections on."""
    return next((str(action.data.get("TargetGroupArn", "")) for action in listener.default_actions), "")


def _listener(region: Region, listener: Any) -> Listener:
    certificate, key = "", ""
    if listener.protocol == "TLS":
        found = region.service("acm").get_certificate(listener.certificate)
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
