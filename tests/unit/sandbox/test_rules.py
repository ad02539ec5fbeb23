"""What the EC2 API refuses, as AWS does."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.cloud import rules
from sandbox.cloud.moto_state import Region
from sandbox.cloud.rules import Refusal
from sandbox.hosts.ranges import Route


def row(state: str = "running", vpc_id: str = "vpc-1") -> Any:
    return SimpleNamespace(state=state, vpc_id=vpc_id, subnet_id="subnet-1", private_ip="10.0.16.10")


@dataclass(frozen=True)
class FakeRegion:
    rows: list[Any]

    def subnet(self, subnet_id: str) -> Any:
        subnet = SimpleNamespace(vpc_id="vpc-1", cidr=IPv4Network("10.0.16.0/20"), default_for_az=False)
        return subnet if subnet_id == "subnet-1" else None

    def instances(self) -> list[Any]:
        return self.rows

    def has_ami(self, ami: str) -> bool:
        return ami == "ami-1"


def refuse(action: str, form: dict[str, str], *rows: Any) -> Refusal | None:
    return rules.refuse(action, form, cast(Region, FakeRegion(list(rows))), "apollo-1a2b")


RUN = {"ImageId": "ami-1", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.16.10"}


@pytest.mark.parametrize(
    ("changed", "rows", "code"),
    [
        ({}, [], None),
        ({}, [row("terminated")], None),
        ({}, [row()], "InvalidIPAddress.InUse"),
        ({}, [row("shutting-down")], "InvalidIPAddress.InUse"),
        ({"PrivateIpAddress": "10.0.16.3"}, [], "InvalidParameterValue"),
        ({"PrivateIpAddress": "10.0.16.4"}, [], None),
        ({"PrivateIpAddress": "10.0.31.255"}, [], "InvalidParameterValue"),
        ({"PrivateIpAddress": "10.0.32.10"}, [], "InvalidParameterValue"),
        ({"ImageId": "ami-2"}, [], "InvalidAMIID.NotFound"),
        ({"SubnetId": "subnet-2"}, [], "InvalidSubnetID.NotFound"),
        ({"SubnetId": ""}, [], "VPCIdNotSpecified"),
        ({"PrivateIpAddress": "10.0.16.11"}, [row(vpc_id="vpc-2")], "UnsupportedOperation"),
    ],
)
def test_an_instance_is_refused_with_awss_code(changed: dict[str, str], rows: list[Any], code: str | None) -> None:
    refusal = refuse("RunInstances", RUN | changed, *rows)
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(("state", "refused"), [("running", True), ("stopped", True), ("terminated", False)])
def test_a_subnet_goes_only_when_its_instances_have_gone(state: str, refused: bool) -> None:
    refusal = refuse("DeleteSubnet", {"SubnetId": "subnet-1"}, row(state))
    assert bool(refusal and refusal.code == "DependencyViolation") == refused


@pytest.mark.parametrize(
    ("cidr", "refused"), [("10.0.0.0/16", False), ("192.168.4.0/24", True), ("not a range", False)]
)
def test_a_vpc_that_clashes_with_this_machine_is_refused(
    cidr: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = Route(network=IPv4Network("192.168.0.0/16"), device="eth0")
    monkeypatch.setattr(rules, "machine_routes", lambda: [route])
    refusal = refuse("CreateVpc", {"CidrBlock": cidr})
    assert bool(refusal and "route 192.168.0.0/16 by eth0" in refusal.message) == refused
