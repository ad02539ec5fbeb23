"""Instances of a stack that are not in its state: an `up` was killed after their launch, before it saved them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.recover.access import Access
from ops.recover.state import State

STATES = ("pending", "running", "stopping", "stopped", "shutting-down")
CREATION = timedelta(minutes=10)
"""An instance is in the state this long after its launch at the latest: the provider's own limit for a creation."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    id: str
    name: str
    address: str
    groups: frozenset[str]
    launched: datetime

    @property
    def may_be_in_creation(self) -> bool:
        return may_be_in_creation(self.launched)


def may_be_in_creation(since: datetime) -> bool:
    """Whether an `up` that still runs may be about to save what it made then."""
    return datetime.now(UTC) - since < CREATION


def launched(access: Access, tags: Mapping[str, str]) -> list[Instance]:
    """The instances with these tags that hold their addresses. Raises what boto3 raises."""
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    filters.append({"Name": "instance-state-name", "Values": list(STATES)})
    pages = access.ec2().get_paginator("describe_instances").paginate(Filters=filters)
    return [
        Instance(
            id=found["InstanceId"],
            name=next((tag["Value"] for tag in found["Tags"] if tag["Key"] == "Name"), found["InstanceId"]),
            address=found.get("PrivateIpAddress", ""),
            groups=frozenset(group["GroupId"] for group in found.get("SecurityGroups", [])),
            launched=found["LaunchTime"],
        )
        for page in pages
        for reservation in page["Reservations"]
        for found in reservation["Instances"]
    ]


def unknown(instances: list[Instance], state: State) -> list[Instance]:
    """Those in the state's security groups that it does not contain.

    Another stack of the same name has other groups, and in an existing network perhaps the same subnets.
    """
    return [one for one in instances if one.groups & state.groups and one.id not in state.instances]


def terminate(access: Access, instances: list[Instance]) -> None:
    """End them, and wait until their addresses are free. Raises what boto3 raises."""
    ids = [one.id for one in instances]
    ec2 = access.ec2()
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 2, "MaxAttempts": 300})
