"""Security groups, their rules and key pairs."""

from collections.abc import Callable
from typing import Any

from sandbox.providers.aws.kind import Api, Kind, arn, error_code, given, live, only, tagged
from sandbox.providers.values import Plain


def _create_group(api: Api, inputs: Plain) -> str:
    name = inputs["name"]
    try:
        made = api.ec2.create_security_group(
            GroupName=name,
            **given(inputs, "description", "vpcId"),
            **tagged("security-group", api, inputs),
        )
    except Exception as error:
        if error_code(error) != "InvalidGroup.Duplicate":
            raise
        filters = [{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [inputs["vpcId"]]}]
        return str(api.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"])
    identity = str(made["GroupId"])
    # As the AWS provider does: a group has only the rules that the program makes.
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    api.ec2.revoke_security_group_egress(GroupId=identity, IpPermissions=everything)
    return identity


def _read_group(api: Api, identity: str) -> Plain | None:
    group = only(lambda: api.ec2.describe_security_groups(GroupIds=[identity]), "SecurityGroups")
    outputs = live(arn(api, "security-group", identity), group, "description", "vpcId")
    return outputs and {**outputs, "name": group["GroupName"]}


SECURITY_GROUP = Kind(
    required=("vpcId", "description"),
    create=_create_group,
    read=_read_group,
    delete=lambda api, identity, _: api.ec2.delete_security_group(GroupId=identity),
    replace_on=("name", "description", "vpcId"),
    computed=("arn",),
    named="name",
)


def _adopt_group(api: Api, inputs: Plain) -> str:
    """The VPC's own group, without its rules: the AWS provider removes them when it adopts the group."""
    filters = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [inputs["vpcId"]]}]
    (group,) = api.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    identity = str(group["GroupId"])
    tags = [{"Key": key, "Value": value} for key, value in api.all_tags(inputs).items()]
    api.ec2.create_tags(Resources=[identity], Tags=tags)
    if group["IpPermissions"]:
        api.ec2.revoke_security_group_ingress(GroupId=identity, IpPermissions=group["IpPermissions"])
    if group["IpPermissionsEgress"]:
        api.ec2.revoke_security_group_egress(GroupId=identity, IpPermissions=group["IpPermissionsEgress"])
    return identity


DEFAULT_GROUP = Kind(
    required=("vpcId",),
    create=_adopt_group,
    read=_read_group,
    # AWS deletes it with the VPC alone.
    delete=lambda _api, _identity, _state: None,
    replace_on=("vpcId",),
    computed=("arn", "name", "description"),
)


def _permission(inputs: Plain) -> dict[str, Any]:
    described = {"Description": inputs["description"]} if inputs.get("description") else {}
    permission: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
    # EC2 ignores the ports of a protocol without ports; moto requires a number.
    if inputs["ipProtocol"] != "-1":
        permission |= {"FromPort": inputs.get("fromPort", -1), "ToPort": inputs.get("toPort", -1)}
    if "cidrIpv4" in inputs:
        return permission | {"IpRanges": [{"CidrIp": inputs["cidrIpv4"], **described}]}
    return permission | {"UserIdGroupPairs": [{"GroupId": inputs["referencedSecurityGroupId"], **described}]}


def _rule_kind(direction: str) -> Kind:
    def call(api: Api, verb: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(api.ec2, f"{verb}_security_group_{direction}")
        return method

    def create(api: Api, inputs: Plain) -> str:
        made = call(api, "authorize")(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs)],
            **tagged("security-group-rule", api, inputs),
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def read(api: Api, identity: str) -> Plain | None:
        ids = {"SecurityGroupRuleIds": [identity]}
        rule = only(lambda: api.ec2.describe_security_group_rules(**ids), "SecurityGroupRules")
        outputs = live(arn(api, "security-group-rule", identity), rule)
        return outputs and {**outputs, "securityGroupRuleId": identity, "securityGroupId": rule["GroupId"]}

    def delete(api: Api, identity: str, state: Plain) -> None:
        call(api, "revoke")(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[identity])

    return Kind(
        required=("securityGroupId", "ipProtocol"),
        create=create,
        read=read,
        delete=delete,
        # EC2 can modify a rule in place; moto can't, so here a changed rule is another rule.
        replace_on=(
            *("securityGroupId", "ipProtocol", "fromPort", "toPort"),
            *("cidrIpv4", "referencedSecurityGroupId", "description"),
        ),
        computed=("arn", "securityGroupRuleId"),
    )


INGRESS_RULE = _rule_kind("ingress")
EGRESS_RULE = _rule_kind("egress")


def _create_key(api: Api, inputs: Plain) -> str:
    name = str(inputs["keyName"])
    api.ec2.import_key_pair(
        KeyName=name, PublicKeyMaterial=inputs["publicKey"].encode(), **tagged("key-pair", api, inputs)
    )
    return name


def _read_key(api: Api, identity: str) -> Plain | None:
    pair = only(lambda: api.ec2.describe_key_pairs(KeyNames=[identity]), "KeyPairs")
    return live(arn(api, "key-pair", identity), pair, "keyName", "keyPairId")


KEY_PAIR = Kind(
    required=("publicKey",),
    create=_create_key,
    read=_read_key,
    delete=lambda api, identity, _: api.ec2.delete_key_pair(KeyName=identity),
    replace_on=("publicKey", "keyName"),
    computed=("arn", "keyPairId"),
    tagged_by="keyPairId",
    named="keyName",
)
