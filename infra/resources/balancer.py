"""The load balancer in front of the slaves: one name for all of them, and connections only to healthy ones.

A network load balancer, not an application one: HAProxy already decides by the Host header, so there is no second
HTTP proxy to do it again, add its headers, or put its own limits on websockets and slow answers. It keeps the
clients' own addresses, keeps a connection with the slave that has it, and works in a single zone. Its health check
is HTTP all the same, on the front's own URL.

With a certificate it serves HTTPS on port 443, and passes what it decrypted on to a port of HAProxy's own. It cannot
redirect, since it reads no HTTP: HAProxy answers port 80 with a redirect if the config says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.config.settings import Settings
from infra.resources import listener
from infra.resources.listener import Door
from infra.resources.network import Network
from infra.steps.service import PATH_MTU, WORLD, Front


@dataclass(frozen=True, kw_only=True)
class BalancerArgs:
    """`slaves` by node name."""

    network: Network
    front: Front
    slaves: Mapping[str, aws.ec2.Instance]
    settings: Settings


def doors(name: str, front: Front, certificate: str) -> Iterator[Door]:
    """HTTP, and HTTPS where there is a certificate, given by its ARN."""
    yield Door(name=name, scheme="http", port=80, target_port=front.port, health_path=front.health_path)
    if certificate:
        yield Door(
            name=f"{name}-https",
            scheme="https",
            port=443,
            target_port=front.https_port,
            health_path=front.health_path,
            certificate=certificate,
        )


class Balancer(pulumi.ComponentResource):
    """`dns_name`: the target of the domain's DNS records."""

    def __init__(self, name: str, args: BalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:balancer:Balancer", name, None, opts)
        self._name, self._network = name, args.network
        self._child = pulumi.ResourceOptions(parent=self)
        group = self._security_group()
        balancer = self._load_balancer(group)
        for door in doors(name, args.front, args.settings.certificate_arn):
            listener.rules(door, group, args.network.role_groups["slave"], self._child)
            targets = listener.targets(door, args.network.vpc_id, args.slaves, self._child)
            listener.listen(f"{name}-{door.scheme}", door, balancer, targets, self._child)
        if args.settings.hosted_zone:
            self._alias(args.settings, balancer)
        self.dns_name = balancer.dns_name
        self.register_outputs({"dnsName": self.dns_name})

    def _load_balancer(self, group: aws.ec2.SecurityGroup) -> aws.lb.LoadBalancer:
        # Without an attached gateway AWS refuses one that faces the Internet. It gets addresses that AWS chooses.
        before = list(self._network.public.ready)
        return aws.lb.LoadBalancer(
            self._name,
            load_balancer_type="network",
            internal=False,
            subnets=list(self._network.public.ids.values()),
            security_groups=[group.id],
            # A zone may have no slave; its part of the balancer then uses the slaves of other zones.
            enable_cross_zone_load_balancing=True,
            # It loses no subnet in place, and AWS refuses a second one that has the target groups of the first.
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, delete_before_replace=True),
        )

    def _security_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            self._name, vpc_id=self._network.vpc_id, description="Apollo: the load balancer", opts=self._child
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
        return group

    def _alias(self, settings: Settings, balancer: aws.lb.LoadBalancer) -> None:
        aws.route53.Record(
            f"{self._name}-alias",
            zone_id=settings.hosted_zone,
            name=f"*.{settings.domain}",
            type="A",
            aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": False}],
            opts=self._child,
        )
