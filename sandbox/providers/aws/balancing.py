"""Load balancers and their target groups: moto records them, but no packet passes through one in the sandbox."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.providers.aws.kind import Api, Kind, found_or_none, only
from sandbox.providers.values import Plain

_DURATION = "deregistration_delay.timeout_seconds"


def _tags(api: Api, inputs: Plain) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(api.all_tags(inputs).items())]


def _tags_of(api: Api, identity: str) -> dict[str, str]:
    described = api.elbv2.describe_tags(ResourceArns=[identity])["TagDescriptions"]
    return {tag["Key"]: tag["Value"] for tag in described[0]["Tags"]}


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
        Name=name,
        Type=inputs.get("loadBalancerType", "application"),
        Scheme="internal" if inputs.get("internal") else "internet-facing",
        Subnets=inputs["subnets"],
        SecurityGroups=inputs.get("securityGroups", []),
        Tags=_tags(api, inputs),
    )
    identity = str(made["LoadBalancers"][0]["LoadBalancerArn"])
    _update_balancer(api, identity, {key: value for key, value in inputs.items() if key.startswith("enable")})
    return identity


def _read_balancer(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.elbv2.describe_load_balancers(LoadBalancerArns=[identity]), "LoadBalancers")
    return found and {
        "arn": identity,
        "name": found["LoadBalancerName"],
        "loadBalancerType": found["Type"],
        "internal": found["Scheme"] == "internal",
        # A name that does not resolve: nothing would answer under it.
        "dnsName": f"{found['LoadBalancerName']}.sandbox.invalid",
        "vpcId": found["VpcId"],
        "tagsAll": _tags_of(api, identity),
    }


def _update_balancer(api: Api, identity: str, changes: Plain) -> None:
    if "subnets" in changes:
        api.elbv2.set_subnets(LoadBalancerArn=identity, Subnets=changes["subnets"])
    if "securityGroups" in changes:
        api.elbv2.set_security_groups(LoadBalancerArn=identity, SecurityGroups=changes["securityGroups"])
    if "enableCrossZoneLoadBalancing" in changes:
        value = str(bool(changes["enableCrossZoneLoadBalancing"])).lower()
        attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": value}
        api.elbv2.modify_load_balancer_attributes(LoadBalancerArn=identity, Attributes=[attribute])


LOAD_BALANCER = Kind(
    required=("subnets",),
    create=_create_balancer,
    read=_read_balancer,
    update=_update_balancer,
    delete=lambda api, identity, _: api.elbv2.delete_load_balancer(LoadBalancerArn=identity),
    replace_on=("name", "loadBalancerType", "internal"),
    computed=("arn", "dnsName", "vpcId"),
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
    if "deregistrationDelay" in changes:
        attribute = {"Key": _DURATION, "Value": str(changes["deregistrationDelay"])}
        api.elbv2.modify_target_group_attributes(TargetGroupArn=identity, Attributes=[attribute])


def _create_group(api: Api, inputs: Plain) -> str:
    name = inputs["name"]
    there = found_or_none(lambda: api.elbv2.describe_target_groups(Names=[name]))
    made = there or api.elbv2.create_target_group(
        Name=name,
        Protocol=inputs["protocol"],
        Port=inputs["port"],
        VpcId=inputs["vpcId"],
        TargetType=inputs.get("targetType", "instance"),
        Tags=_tags(api, inputs),
        **_health(inputs),
    )
    identity = str(made["TargetGroups"][0]["TargetGroupArn"])
    delay = {key: inputs[key] for key in ("deregistrationDelay",) if key in inputs}
    _update_group(api, identity, delay)
    return identity


def _read_group(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.elbv2.describe_target_groups(TargetGroupArns=[identity]), "TargetGroups")
    return found and {
        "arn": identity,
        "name": found["TargetGroupName"],
        "port": found["Port"],
        "protocol": found["Protocol"],
        "vpcId": found["VpcId"],
        "tagsAll": _tags_of(api, identity),
    }


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
