"""What AWS refuses and moto accepts: checked before a request reaches moto."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Any

from sandbox.cloud.moto_state import Region
from sandbox.hosts.ranges import clashes, machine_routes

LIVE = ("pending", "running", "stopping", "stopped", "shutting-down")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error of the EC2 API."""

    code: str
    message: str


def refuse(action: str, form: Mapping[str, str], region: Region, own_device: str) -> Refusal | None:
    """Why AWS (or the sandbox) would refuse `action` with the parameters `form`; None where moto may have it.

    `own_device` is the sandbox's own interface on this machine.
    """
    if action == "RunInstances":
        return _run_instances(form, region)
    if action == "DeleteSubnet":
        return _delete_subnet(form.get("SubnetId", ""), region)
    if action == "CreateVpc":
        return _create_vpc(form.get("CidrBlock", ""), own_device)
    return None


def _run_instances(form: Mapping[str, str], region: Region) -> Refusal | None:
    ami = form.get("ImageId", "")
    if not region.has_ami(ami):
        return Refusal(code="InvalidAMIID.NotFound", message=f"The image id '[{ami}]' does not exist")
    subnet_id = form.get("SubnetId") or form.get("NetworkInterface.1.SubnetId", "")
    if not subnet_id:
        return Refusal(code="VPCIdNotSpecified", message="No default VPC for this user. Give a subnet.")
    subnet = region.subnet(subnet_id)
    if subnet is None or subnet.default_for_az:
        return Refusal(code="InvalidSubnetID.NotFound", message=f"The subnet ID '{subnet_id}' does not exist")
    live = _live(region)
    if other := next((each.vpc_id for each in live if each.vpc_id != subnet.vpc_id), None):
        return Refusal(
            code="UnsupportedOperation",
            message=f"The sandbox has room for the instances of one VPC, and {other} has instances",
        )
    wanted = form.get("PrivateIpAddress") or form.get("NetworkInterface.1.PrivateIpAddress", "")
    return _address(wanted, subnet.cidr, {each.private_ip for each in live}) if wanted else None


def _live(region: Region) -> list[Any]:
    return [instance for instance in region.instances() if instance.state in LIVE]


def _address(wanted: str, subnet: IPv4Network, taken: set[str]) -> Refusal | None:
    try:
        address = ip_address(wanted)
    except ValueError:
        return Refusal(
            code="InvalidParameterValue", message=f"Value ({wanted}) for parameter privateIpAddress is invalid."
        )
    if address not in subnet:
        return Refusal(
            code="InvalidParameterValue", message=f"Address {wanted} does not fall within the subnet's address range"
        )
    if isinstance(address, IPv4Address) and address in reserved(subnet):
        return Refusal(
            code="InvalidParameterValue", message=f"Address {wanted} is in subnet's reserved address range"
        )
    if wanted in taken:
        return Refusal(code="InvalidIPAddress.InUse", message=f"Address {wanted} is in use.")
    return None


def reserved(subnet: IPv4Network) -> list[IPv4Address]:
    """The five addresses of a subnet that AWS keeps: the first four and the last."""
    return [*(subnet.network_address + offset for offset in range(4)), subnet.broadcast_address]


def _delete_subnet(subnet_id: str, region: Region) -> Refusal | None:
    if any(instance.subnet_id == subnet_id for instance in _live(region)):
        return Refusal(
            code="DependencyViolation",
            message=f"The subnet '{subnet_id}' has dependencies and cannot be deleted.",
        )
    return None


def _create_vpc(cidr: str, own_device: str) -> Refusal | None:
    try:
        IPv4Network(cidr)
    except ValueError:
        return None  # moto refuses it with a reason
    found = clashes({"vpcCidr": cidr}, machine_routes(), own_device)
    return Refusal(code="InvalidVpc.Range", message=found[0]) if found else None
