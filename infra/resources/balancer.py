"""The load balancer in front of the slaves: one name for all of them, and connections only to healthy ones.

A network load balancer, not an application one: HAProxy already decides by the Host header, so there is no second
HTTP proxy to do it again, add its headers, or put its own limits on websockets and slow answers. It keeps the
clients' own addresses, keeps a connection with the slave that has it, and works in a single zone. Its health check
is HTTP all the same, on the front's own URL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.resources.network import Network
from infra.steps.service import PATH_MTU, WORLD, Front

_DRAIN_SECONDS = 60
"""How long a leaving slave has to finish its connections."""


@dataclass(frozen=True, kw_only=True)
class BalancerArgs:
    """`slaves` by node name."""

    network: Network
    front: Front
    slaves: Mapping[str, aws.ec2.Instance]


class Balancer(pulumi.ComponentResource):
    """`dns_name`: the target of the domain's DNS records."""

    def __init__(self, name: str, args: BalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:balancer:Balancer", name, None, opts)
        self._name, self._network, self._front = name, args.network, args.front
        self._child = pulumi.ResourceOptions(parent=self)
        # AWS refuses one that faces the Internet in a VPC whose gateway is not attached yet, and chooses its addresses.
        before = [*args.network.way_out, *args.network.reservations]
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=False,
            subnets=[subnet.id for subnet in args.network.subnets.values()],
            security_groups=[self._security_group().id],
            # A zone may have no slave; its part of the balancer then uses the slaves of other zones.
            enable_cross_zone_load_balancing=True,
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=before)),
        )
        group = self._target_group()
        for slave, instance in args.slaves.items():
            aws.lb.TargetGroupAttachment(
                f"{name}-{slave}",
                target_group_arn=group.arn,
                target_id=instance.id,
                port=args.front.port,
                opts=self._child,
            )
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=args.front.port,
            protocol="TCP",
            default_actions=[{"type": "forward", "target_group_arn": group.arn}],
            opts=self._child,
        )
        self.dns_name = balancer.dns_name
        self.register_outputs({"dnsName": self.dns_name})

    def _security_group(self) -> aws.ec2.SecurityGroup:
        """The world reaches the balancer's port; only the balancer reaches the same port of the slaves."""
        group = aws.ec2.SecurityGroup(
            self._name, vpc_id=self._network.vpc.id, description="Apollo: the load balancer", opts=self._child
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-{PATH_MTU.name}-from-world",
            security_group_id=group.id,
            ip_protocol=PATH_MTU.protocol,
            from_port=PATH_MTU.port,
            to_port=PATH_MTU.to,
            cidr_ipv4=str(WORLD),
            description=PATH_MTU.description,
            opts=self._child,
        )
        port: dict[str, Any] = {"ip_protocol": "tcp", "from_port": self._front.port, "to_port": self._front.port}
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-from-world",
            security_group_id=group.id,
            cidr_ipv4=str(WORLD),
            description="http: everybody to the load balancer",
            opts=self._child,
            **port,
        )
        slaves = self._network.role_groups["slave"]
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-to-slaves",
            security_group_id=group.id,
            referenced_security_group_id=slaves.id,
            description="http: the load balancer to the slaves",
            opts=self._child,
            **port,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-on-slaves",
            security_group_id=slaves.id,
            referenced_security_group_id=group.id,
            description="http: the load balancer to the slaves",
            opts=self._child,
            **port,
        )
        return group

    def _target_group(self) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{self._name}-slaves",
            port=self._front.port,
            protocol="TCP",
            vpc_id=self._network.vpc.id,
            target_type="instance",
            deregistration_delay=_DRAIN_SECONDS,
            health_check={
                "protocol": "HTTP",
                "path": self._front.health_path,
                "port": "traffic-port",
                "matcher": "200",
                "interval": 10,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            opts=self._child,
        )
