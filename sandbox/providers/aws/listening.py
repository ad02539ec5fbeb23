"""A load balancer's listeners, and the targets of its target groups."""

from typing import Any

from sandbox.providers.aws.balancing import tags, with_tags
from sandbox.providers.aws.kind import Api, Kind, error_code, found_or_none, given, live, only
from sandbox.providers.values import Plain


def _request(inputs: Plain) -> dict[str, Any]:
    actions = [given(action, "type", "targetGroupArn") for action in inputs.get("defaultActions", [])]
    certificate = inputs.get("certificateArn")
    return {
        **given(inputs, "port", "protocol", "sslPolicy"),
        **({"Certificates": [{"CertificateArn": certificate}]} if certificate else {}),
        **({"DefaultActions": actions} if actions else {}),
    }


def _create_listener(api: Api, inputs: Plain) -> str:
    balancer = inputs["loadBalancerArn"]
    for listener in api.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
        if listener["Port"] == inputs.get("port"):  # from a create that was cut off; moto would make another
            return str(listener["ListenerArn"])
    made = api.elbv2.create_listener(LoadBalancerArn=balancer, Tags=tags(api, inputs), **_request(inputs))
    return str(made["Listeners"][0]["ListenerArn"])


def _read_listener(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.elbv2.describe_listeners(ListenerArns=[identity]), "Listeners")
    return live(identity, with_tags(api, identity, found), "loadBalancerArn", "port", "protocol")


LISTENER = Kind(
    required=("loadBalancerArn", "defaultActions"),
    create=_create_listener,
    read=_read_listener,
    update=lambda api, identity, changes: api.elbv2.modify_listener(ListenerArn=identity, **_request(changes)),
    delete=lambda api, identity, _: api.elbv2.delete_listener(ListenerArn=identity),
    replace_on=("loadBalancerArn",),
    computed=("arn",),
)


def _target(inputs: Plain) -> dict[str, Any]:
    port = {"Port": inputs["port"]} if "port" in inputs else {}
    return {"Id": inputs["targetId"], **port}


def _attach(api: Api, inputs: Plain) -> str:
    """An attachment has no id of its own: group and target make one."""
    group = inputs["targetGroupArn"]
    api.elbv2.register_targets(TargetGroupArn=group, Targets=[_target(inputs)])
    return f"{group} {inputs['targetId']}"


def _read_attachment(api: Api, identity: str) -> Plain | None:
    group, target = identity.split(" ")
    answer = found_or_none(lambda: api.elbv2.describe_target_health(TargetGroupArn=group))
    for found in (answer or {}).get("TargetHealthDescriptions", []):
        if found["Target"]["Id"] == target and found["TargetHealth"]["State"] not in ("unused", "draining"):
            return {"targetGroupArn": group, "targetId": target}
    return None


def _detach(api: Api, _: str, state: Plain) -> None:
    try:
        api.elbv2.deregister_targets(TargetGroupArn=state["targetGroupArn"], Targets=[_target(state)])
    except Exception as error:
        if error_code(error) != "InvalidTarget":
            raise


ATTACHMENT = Kind(
    required=("targetGroupArn", "targetId"),
    create=_attach,
    read=_read_attachment,
    delete=_detach,
    replace_on=("targetGroupArn", "targetId", "port", "availabilityZone"),
    taggable=False,
)
