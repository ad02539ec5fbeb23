"""What `make doctor` makes of the CLI's comparison of cloud and state."""

from typing import Any

import pytest

from ops.doctor import cloud, rules

RULE = "urn:pulumi:dev::apollo::apollo:cluster:Cluster$aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::ssh"
INPUTS = {"cidrIpv4": "198.51.100.7/32", "fromPort": 22}
STEPS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the same": ({"op": "refresh", "newState": {"inputs": INPUTS}}, []),
    "another value": (
        {"op": "update", "newState": {"inputs": {**INPUTS, "fromPort": 2222}}},
        ["fromPort", "-fromPort: 22", "+fromPort: 2222"],
    ),
    "a property that the program does not choose": (
        {"op": "update", "newState": {"inputs": INPUTS, "outputs": {"arn": "other"}}},
        [],
    ),
    "a note of the provider": ({"op": "update", "newState": {"inputs": {**INPUTS, "__defaults": ["name"]}}}, []),
    "gone": ({"op": "delete"}, ["gone", '-cidrIpv4: "198.51.100.7/32"', "-fromPort: 22"]),
}


@pytest.mark.parametrize(("step", "seen"), STEPS.values(), ids=STEPS)
def test_only_what_the_program_chose_counts(step: dict[str, Any], seen: list[str]) -> None:
    found = list(cloud.differences({"steps": [{"urn": RULE, "oldState": {"inputs": INPUTS}, **step}]}))
    assert [line for one in found for line in (one.kind, *one.diff.splitlines()[2:])] == seen
    assert {(one.name, one.type) for one in found} <= {("ssh", "SecurityGroupIngressRule")}


def test_a_component_has_nothing_to_compare() -> None:
    urn = "urn:pulumi:dev::apollo::apollo:cluster:Cluster::apollo"
    assert list(cloud.differences({"steps": [{"urn": urn, "op": "refresh", "oldState": {}, "newState": None}]})) == []


def test_a_rule_that_the_state_does_not_have_is_shown_as_added() -> None:
    listed = [
        {"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "FromPort": 22},
        {"SecurityGroupRuleId": "sgr-2", "GroupId": "sg-1", "FromPort": 2375, "CidrIpv4": "0.0.0.0/0"},
    ]
    (found,) = rules.differences(listed, {"sg-1": "nodes"}, {"sgr-1"})
    assert (found.name, found.kind) == ("sgr-2 of nodes", "added")
    assert found.diff.splitlines()[2:] == ["+FromPort: 2375", '+CidrIpv4: "0.0.0.0/0"']
