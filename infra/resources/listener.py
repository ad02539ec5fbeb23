"""A listener of the load balancer, its target group, and the rules that let its connections through to the slaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.steps.service import BALANCER_CHECK, WORLD

_DRAIN_SECONDS = 60
"""How long a leaving slave has to finish its connections."""

_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 alone, as AWS recommends for a network load balancer."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """A port of the load balancer and the port of the slaves to which it leads.

    With a certificate (its ARN) the load balancer decrypts what comes to `port`, and passes it on as it is.
    """

    name: str
    scheme: str
    port: int
    target_port: int
    health_path: str
    certificate: str = ""


def rules(
    door: Door, group: aws.ec2.SecurityGroup, slaves: aws.ec2.SecurityGroup, opts: pulumi.ResourceOptions
) -> None:
    """The world reaches the load balancer's port; only the load balancer reaches the slaves' port behind it."""
    target: dict[str, Any] = {"ip_protocol": "tcp", "from_port": door.target_port, "to_port": door.target_port}
    aws.vpc.SecurityGroupIngressRule(
        f"{door.name}-from-world",
        security_group_id=group.id,
        cidr_ipv4=str(WORLD),
        ip_protocol="tcp",
        from_port=door.port,
        to_port=door.port,
        description=f"{door.scheme}: everybody to the load balancer",
        opts=opts,
    )
    aws.vpc.SecurityGroupEgressRule(
        f"{door.name}-to-slaves",
        security_group_id=group.id,
        referenced_security_group_id=slaves.id,
        description=f"{door.scheme}: the load balancer to the slaves",
        opts=opts,
        **target,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{door.name}-on-slaves",
        security_group_id=slaves.id,
        referenced_security_group_id=group.id,
        description=f"{door.scheme}: the load balancer to the slaves",
        opts=opts,
        **target,
    )


def listen(
    name: str, door: Door, balancer: aws.lb.LoadBalancer, group: aws.lb.TargetGroup, opts: pulumi.ResourceOptions
) -> None:
    tls: dict[str, Any] = {"certificate_arn": door.certificate, "ssl_policy": _TLS_POLICY} if door.certificate else {}
    aws.lb.Listener(
        name,
        load_balancer_arn=balancer.arn,
        port=door.port,
        protocol="TLS" if door.certificate else "TCP",
        default_actions=[{"type": "forward", "target_group_arn": group.arn}],
        opts=opts,
        **tls,
    )


def targets(
    door: Door, vpc_id: pulumi.Input[str], slaves: Mapping[str, aws.ec2.Instance], opts: pulumi.ResourceOptions
) -> aws.lb.TargetGroup:
    """The group of all slaves, each of which gets connections while its own port is healthy."""
    group = aws.lb.TargetGroup(
        f"{door.name}-slaves",
        port=door.target_port,
        protocol="TCP",
        vpc_id=vpc_id,
        target_type="instance",
        deregistration_delay=_DRAIN_SECONDS,
        # Otherwise a client that keeps its connection alive would keep the slave that leaves.
        connection_termination=True,
        health_check={
            "protocol": "HTTP",
            "path": door.health_path,
            "port": "traffic-port",
            "matcher": "200",
            "interval": BALANCER_CHECK.interval,
            "timeout": BALANCER_CHECK.timeout,
            "healthy_threshold": BALANCER_CHECK.times,
            "unhealthy_threshold": BALANCER_CHECK.times,
        },
        # A slave fails its check while it is drained; what is in flight through it has to end well.
        target_health_states=[{"enable_unhealthy_connection_termination": False}],
        opts=opts,
    )
    for slave, instance in slaves.items():
        aws.lb.TargetGroupAttachment(
            f"{door.name}-{slave}",
            target_group_arn=group.arn,
            target_id=instance.id,
            port=door.target_port,
            opts=opts,
        )
    return group
