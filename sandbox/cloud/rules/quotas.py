"""Rules of the account: its quotas, which `python -m sandbox limit` sets, and its plan."""

from collections.abc import Iterator

from sandbox.cloud.rules.records import vcpus
from sandbox.cloud.rules.request import Refusal, Request, parts

FREE_TYPES = ("t3.micro", "t3.small", "t4g.micro", "t4g.small", "c7i-flex.large", "m7i-flex.large")
"""Which instance types an account on AWS' free plan may launch, by `describe-instance-types` of such accounts."""


def running_vcpus(request: Request) -> Iterator[Refusal]:
    """Of a new instance, and of those that start again."""
    most, records = request.limits["vcpus"], request.records
    if most is None:
        return
    starting = {part[""] for part in request.parts("InstanceId")}
    running = sum(
        vcpus(each.instance_type)
        for each in records.live()
        if each.state in ("pending", "running") or each.id in starting
    )
    wanted = vcpus(request.text("InstanceType")) * int(request.text("MaxCount") or 0)
    if running + wanted > most:
        yield Refusal(
            code="VcpuLimitExceeded",
            message=f"You have requested more vCPU capacity than your current vCPU limit of {most} allows for the "
            "instance bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )


def plan(request: Request) -> Iterator[Refusal]:
    name = request.text("InstanceType", "InstanceType.Value")
    if request.limits["free-plan"] and name and name not in FREE_TYPES:
        yield Refusal(
            code="InvalidParameterCombination",
            message="The specified instance type is not eligible for Free Tier. For a list of Free Tier instance "
            "types, run 'describe-instance-types' with the filter 'free-tier-eligible=true'.",
        )


def vpcs(request: Request) -> Iterator[Refusal]:
    yield from _full(request, "vpcs", len(request.records.vpcs()), "VpcLimitExceeded", "VPCs")


def gateways(request: Request) -> Iterator[Refusal]:
    there = len(request.records.gateways())
    yield from _full(request, "gateways", there, "InternetGatewayLimitExceeded", "internet gateways")


def addresses(request: Request) -> Iterator[Refusal]:
    there = len(request.records.addresses())
    yield from _full(request, "addresses", there, "AddressLimitExceeded", "addresses")


def nat_gateways(request: Request) -> Iterator[Refusal]:
    """Those in the zone of the new one's subnet."""
    records = request.records
    if not (wanted := records.region.subnet(request.text("SubnetId"))):
        return
    subnets = [records.region.subnet(each.subnet_id) for each in records.nat_gateways()]
    there = [each for each in subnets if each and each.availability_zone == wanted.availability_zone]
    yield from _full(request, "nat-gateways", len(there), "NatGatewayLimitExceeded", "NAT gateways in the zone")


def subnets(request: Request) -> Iterator[Refusal]:
    vpc_id = request.text("VpcId")
    there = len(request.records.subnets(vpc_id))
    yield from _full(request, "subnets", there, "SubnetLimitExceeded", f"subnets for VPC '{vpc_id}'")


def groups(request: Request) -> Iterator[Refusal]:
    there = len(request.records.groups())
    yield from _full(request, "groups", there, "SecurityGroupLimitExceeded", "security groups")


def group_rules(request: Request) -> Iterator[Refusal]:
    """Of one direction, each source counted."""
    group = request.records.group(request.text("GroupId"))
    if not group:
        return
    new = sum(len(parts(each, "IpRanges")) + len(parts(each, "Groups")) for each in request.parts("IpPermissions"))
    there = len(group.egress_rules if request.action.endswith("Egress") else group.ingress_rules)
    kind = "rules per security group"
    yield from _full(request, "rules", there + new - 1, "RulesPerSecurityGroupLimitExceeded", kind)


def groups_per_interface(request: Request) -> Iterator[Refusal]:
    wanted = len(request.texts("SecurityGroupId"))
    kind = "security groups per interface"
    yield from _full(request, "interface-groups", wanted - 1, "SecurityGroupsPerInterfaceLimitExceeded", kind)


def balancers(request: Request) -> Iterator[Refusal]:
    yield from _full(request, "balancers", len(request.records.balancers()), "TooManyLoadBalancers", "load balancers")


def target_groups(request: Request) -> Iterator[Refusal]:
    there = len(request.records.target_groups())
    yield from _full(request, "target-groups", there, "TooManyTargetGroups", "target groups")


def _full(request: Request, limit: str, there: int, code: str, what: str) -> Iterator[Refusal]:
    """Refuse one more than `there` where that is over the limit."""
    most = request.limits[limit]
    if most is not None and there >= most:
        yield Refusal(code=code, message=f"The maximum number of {what} has been reached.")
