"""Rules of the stack's security groups that are not in its state: the CLI compares only what the state has."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.doctor.cloud import CloudDifference
from ops.recover.access import Access
from ops.recover.state import State
from ops.remote.errors import OperatorError

_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_RULES = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
          "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")  # fmt: skip
_SHOWN = (
    "IsEgress",
    "IpProtocol",
    "FromPort",
    "ToPort",
    "CidrIpv4",
    "CidrIpv6",
    "ReferencedGroupInfo",
    "Description",
)


def foreign(export: str) -> list[CloudDifference]:
    """Those of the groups in the state, which `pulumi stack export` prints; raises OperatorError if AWS refuses."""
    resources = (json.loads(export).get("deployment") or {}).get("resources") or []
    groups = {str(one["id"]): str(one["urn"]).rpartition("::")[2] for one in resources if one["type"] == _GROUP}
    known = {str(one["id"]) for one in resources if one["type"] in _RULES}
    if not groups:
        return []
    try:
        found = list(_rules(State.of(export).access, list(groups)))
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"the rules of the security groups could not be listed: {error}") from None
    return differences(found, groups, known)


def _rules(access: Access, groups: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    pages = access.ec2().get_paginator("describe_security_group_rules")
    for page in pages.paginate(Filters=[{"Name": "group-id", "Values": groups}]):
        yield from page["SecurityGroupRules"]


def differences(
    rules: Sequence[Mapping[str, Any]], groups: Mapping[str, str], known: set[str]
) -> list[CloudDifference]:
    """`rules` as EC2 lists them, `groups` are names by id, `known` the ids of the state's rules."""
    return [
        CloudDifference(
            name=f"{rule['SecurityGroupRuleId']} of {groups[rule['GroupId']]}",
            type="not the program's",
            properties={key: (None, rule[key]) for key in _SHOWN if rule.get(key) is not None},
            added=True,
        )
        for rule in rules
        if rule["SecurityGroupRuleId"] not in known
    ]
