"""Load balancers and their target groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.providers.aws.kind import Api, Kind, found_or_none, given, live, only
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import Plain

_SECONDS_MOST, _PAUSE = 60, 0.5


def tags(api: Api, inputs: Plain) -> list[dict[str, str]]:
    """For a Create call."""
    return [{"Key": key, "Value": value} for key, value in sorted(api.all_tags(inputs).items())]


def with_tags(api: Api, identity: str, found: Any) -> Any:
    """`found` with its tags, which are an answer of their own here; None where it is gone."""
    return found and found | api.elbv2.describe_tags(ResourceArns=[identity])["TagDescriptions"][0]


def retag(api: Api, identity: str, gone: Sequence[str], changed: Sequence[Mapping[str, str]]) -> None:
    """Remove tags, by key, and set others; EC2's own calls do not accept load balancers."""
    if gone:
        api.elbv2.remove_tags(ResourceArns=[identity], TagKeys=list(gone))
    if changed:
        api.elbv2.add_tags(ResourceArns=[identity], Tags=list(changed))


def _create_balancer(api: Api, inputs: Plain) -> str:
    name = inputs["name"]
    # An existing one is from a create that was cut off; moto would make another of the name.
    there = found_or_none(lambda: api.elbv2.describe_load_balancers(Names=[name]))
    made = there or api.elbv2.create_load_balancer(
        Type=inputs.get("loadBalancerType", "application"),
        Scheme="internal" if inputs.get("internal") else "internet-facing",
        Tags=tags(api, inputs),
        **given(inputs, "name", "subnets", "securityGroups"),
    )
    identity = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    _set_cross_zone(api, identity, inputs)
    _wait(api, identity)
    return identity


def _wait(api: Api, identity: str) -> None:
    """Until the load balancer is active. Raises ProviderError where it does not get there."""
    from botocore.exceptions import WaiterError

    waiter = api.elbv2.get_waiter("load_balancer_available")
    try:
        waiter.wait(
            LoadBalancerArns=[identity], WaiterConfig={"Delay": _PAUSE, "MaxAttempts": _SECONDS_MOST / _PAUSE}
        )
    except WaiterError as error:
        raise ProviderError(
            f"the load balancer is not active after {_SECONDS_MOST} s: .sandbox/log/cloud.log has the reason"
        ) from error


def _read_balancer(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.elbv2.describe_load_balancers(LoadBalancerArns=[identity]), "LoadBalancers")
    outputs = live(identity, with_tags(api, identity, found), "vpcId")
    return outputs and {
        **outputs,
        "dnsName": found["DNSName"],
        "zoneId": found["CanonicalHostedZoneId"],
    }


def _update_balancer(api: Api, identity: str, changes: Plain) -> None:
    if "subnets" in changes:
        api.elbv2.set_subnets(LoadBalancerArn=identity, Subnets=changes["subnets"])
    if "securityGroups" in changes:
        api.elbv2.set_security_groups(LoadBalancerArn=identity, SecurityGroups=changes["securityGroups"])
    _set_cross_zone(api, identity, changes)


def _set_cross_zone(api: Api, identity: str, changes: Plain) -> None:
    if "enableCrossZoneLoadBalancing" in changes:
        value = str(changes["enableCrossZoneLoadBalancing"]).lower()
        attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": value}
        api.elbv2.modify_load_balancer_attributes(LoadBalancerArn=identity, Attributes=[attribute])


LOAD_BALANCER = Kind(
    required=("subnets",),
    create=_create_balancer,
    read=_read_balancer,
    update=_update_balancer,
    delete=lambda api, identity, _: api.elbv2.delete_load_balancer(LoadBalancerArn=identity),
    replace_on=("name", "loadBalancerType", "internal"),
    computed=("arn", "dnsName", "vpcId", "zoneId"),
    named="name",
)


def _health(inputs: Plain) -> dict[str, Any]:
    names = {
        "protocol": "HealthCheckProtocol",
        "port": "HealthCheckPort",
        "path": "HealthCheckPath",
        "interval": "HealthCheckIntervalSeconds",
        "timeout": "HealthCheckTimeoutSeconds",
        "healthyThreshold": "HealthyThresholdCount",
        "unhealthyThreshold": "UnhealthyThresholdCount",
    }
    check = inputs.get("healthCheck") or {}
    matcher = {"Matcher": {"HttpCode": check["matcher"]}} if "matcher" in check else {}
    return {aws: check[key] for key, aws in names.items() if key in check} | matcher


def _update_group(api: Api, identity: str, changes: Plain) -> None:
    if "healthCheck" in changes:
        api.elbv2.modify_target_group(TargetGroupArn=identity, **_health(changes))
    _set_drain(api, identity, changes)


def _set_drain(api: Api, identity: str, changes: Plain) -> None:
    names = {
        "deregistrationDelay": "deregistration_delay.timeout_seconds",
        "connectionTermination": "deregistration_delay.connection_termination.enabled",
    }
    attributes = [{"Key": name, "Value": str(changes[key]).lower()} for key, name in names.items() if key in changes]
    for state in changes.get("targetHealthStates", []):
        ends = str(state["enableUnhealthyConnectionTermination"]).lower()
        attributes.append({"Key": "target_health_state.unhealthy.connection_termination.enabled", "Value": ends})
    if attributes:
        api.elbv2.modify_target_group_attributes(TargetGroupArn=identity, Attributes=attributes)


def _create_group(api: Api, inputs: Plain) -> str:
    request = given(inputs, "name", "protocol", "port", "vpcId", "targetType") | _health(inputs)
    there = found_or_none(lambda: api.elbv2.describe_target_groups(Names=[inputs["name"]]))
    made = there or api.elbv2.create_target_group(Tags=tags(api, inputs), **request)
    identity = str(made["TargetGroups"][0]["TargetGroupArn"])
    _set_drain(api, identity, inputs)
    return identity


def _read_group(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.elbv2.describe_target_groups(TargetGroupArns=[identity]), "TargetGroups")
    return live(identity, with_tags(api, identity, found), "port", "protocol", "vpcId")


TARGET_GROUP = Kind(
    required=("port", "protocol", "vpcId"),
    create=_create_group,
    read=_read_group,
    update=_update_group,
    delete=lambda api, identity, _: api.elbv2.delete_target_group(TargetGroupArn=identity),
    replace_on=("name", "port", "protocol", "targetType", "vpcId"),
    computed=("arn",),
    named="name",
)
