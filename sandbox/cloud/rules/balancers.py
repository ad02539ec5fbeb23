"""Rules of load balancers, listeners and targets."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sandbox.cloud.rules.request import Refusal, Request

NAME_MOST = 32
FREE_LEAST = 8
"""How many addresses a subnet has to have left, by AWS' message."""


def name(request: Request) -> Iterator[Refusal]:
    """moto checks the names of target groups, and not those of load balancers."""
    value = request.text("Name")
    fault = ""
    if len(value) > NAME_MOST:
        fault = f"cannot be longer than '{NAME_MOST}' characters"
    elif not re.fullmatch(r"[a-zA-Z0-9-]+", value):
        fault = "can only contain characters that are alphanumeric characters and hyphens(-)"
    elif value.startswith("-") or value.endswith("-"):
        fault = "cannot begin or end with a hyphen(-)"
    elif value.startswith("internal-"):
        fault = "cannot begin with 'internal-'"
    if fault:
        yield Refusal(code="ValidationError", message=f"The load balancer name '{value}' {fault}")
    if any(balancer.name == value for balancer in request.records.balancers()):
        yield Refusal(
            code="DuplicateLoadBalancerName",
            message=f"A load balancer with the same name '{value}' exists, but with different settings",
        )


def subnets(request: Request) -> Iterator[Refusal]:
    """One subnet in a zone, each with room; a gateway where it faces the Internet."""
    records = request.records
    found = [subnet for each in request.texts("Subnets.member") if (subnet := records.region.subnet(each))]
    zones = [subnet.availability_zone for subnet in found]
    if len(zones) != len(set(zones)):
        yield Refusal(
            code="InvalidConfigurationRequest",
            message="A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    for subnet in found:
        if request.text("Scheme") != "internal" and not records.gateway_of(subnet.vpc_id):
            yield Refusal(code="InvalidSubnet", message=f"VPC {subnet.vpc_id} has no internet gateway")
        if not _has_room(request, subnet):
            yield Refusal(
                code="InvalidSubnet",
                message=f"Not enough IP space available in {subnet.id}. ELB requires at least {FREE_LEAST} free IP "
                "addresses in each subnet.",
            )


def _has_room(request: Request, subnet: Any) -> bool:
    return len(list(islice(request.records.free(subnet), FREE_LEAST))) == FREE_LEAST


def groups(request: Request) -> Iterator[Refusal]:
    for group_id in request.texts("SecurityGroups.member"):
        if not request.records.group(group_id):
            yield Refusal(code="InvalidSecurityGroup", message=f"The security group '{group_id}' does not exist")


def port_free(request: Request) -> Iterator[Refusal]:
    arn = request.text("LoadBalancerArn")
    balancer = request.records.balancer(arn)
    if balancer and any(str(each.port) == request.text("Port") for each in balancer.listeners.values()):
        yield Refusal(
            code="DuplicateListener", message=f"A listener already exists on this port for this load balancer '{arn}'"
        )


def targets_run(request: Request) -> Iterator[Refusal]:
    running = {instance.id for instance in request.records.live() if instance.state == "running"}
    wanted = [part["Id"] for part in request.parts("Targets.member")]
    if idle := [identity for identity in wanted if identity.startswith("i-") and identity not in running]:
        listed = ", ".join(f"'{identity}'" for identity in idle)
        yield Refusal(
            code="InvalidTarget",
            message=f"The following targets are not in a running state and cannot be registered: {listed}",
        )
