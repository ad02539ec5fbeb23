"""Instances of a stack that are not in its state: an `up` was killed after their launch, before it saved them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

STATES = ("pending", "running", "stopping", "stopped", "shutting-down")
CREATION = timedelta(minutes=10)
"""An instance is in the state this long after its launch at the latest: the provider's own limit for a creation."""
_QUICK = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 2})


@dataclass(frozen=True, kw_only=True)
class State:
    """What a stack's state has on AWS; the ids of its instances and subnets."""

    region: str
    instances: frozenset[str]
    subnets: frozenset[str]

    @classmethod
    def of(cls, export: str) -> "State | None":
        """From what `pulumi stack export` prints; None where there is no subnet for an instance to be in."""
        resources = (json.loads(export).get("deployment") or {}).get("resources") or []
        regions = [one["inputs"].get("region") for one in resources if one["type"] == "pulumi:providers:aws"]
        subnets = _ids(resources, "aws:ec2/subnet:Subnet")
        if not subnets or not any(regions):
            return None
        region = next(str(region) for region in regions if region)
        return cls(region=region, instances=_ids(resources, "aws:ec2/instance:Instance"), subnets=subnets)


@dataclass(frozen=True, kw_only=True)
class Instance:
    id: str
    name: str
    address: str
    subnet: str
    launched: datetime

    @property
    def may_be_in_creation(self) -> bool:
        """Whether an `up` that still runs may be about to save it."""
        return datetime.now(UTC) - self.launched < CREATION


def launched(region: str, tags: Mapping[str, str]) -> list[Instance]:
    """The instances with these tags that hold their addresses. Raises what boto3 raises."""
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    filters.append({"Name": "instance-state-name", "Values": list(STATES)})
    pages = _ec2(region).get_paginator("describe_instances").paginate(Filters=filters)
    return [
        Instance(
            id=found["InstanceId"],
            name=next((tag["Value"] for tag in found["Tags"] if tag["Key"] == "Name"), found["InstanceId"]),
            address=found.get("PrivateIpAddress", ""),
            subnet=found.get("SubnetId", ""),
            launched=found["LaunchTime"],
        )
        for page in pages
        for reservation in page["Reservations"]
        for found in reservation["Instances"]
    ]


def unknown(instances: list[Instance], state: State) -> list[Instance]:
    """Those in the state's subnets that it does not contain. Another stack of the same name has other subnets."""
    return [one for one in instances if one.subnet in state.subnets and one.id not in state.instances]


def terminate(region: str, instances: list[Instance]) -> None:
    """End them, and wait until their addresses are free. Raises what boto3 raises."""
    ids = [one.id for one in instances]
    ec2 = _ec2(region)
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 2, "MaxAttempts": 300})


def _ids(resources: list[dict[str, Any]], type_: str) -> frozenset[str]:
    return frozenset(str(one["id"]) for one in resources if one["type"] == type_ and one.get("id"))


def _ec2(region: str) -> Any:
    return boto3.client("ec2", region_name=region, config=_QUICK)
