"""What AWS refuses and moto accepts: checked before a request reaches moto."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Protocol

from sandbox.hosts.ranges import Route, clashes

LIVE = ("pending", "running", "stopping", "stopped", "shutting-down")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error of the EC2 API."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class InstanceRow:
    """An instance, as far as the rules need it."""

    id: str
    state: str
    vpc_id: str
    subnet_id: str
    address: str


class Account(Protocol):
    """The region of a request, as far as the rules need it."""

    def subnet_range(self, subnet_id: str) -> tuple[str, IPv4Network] | None:
        """VPC id and CIDR of a subnet; None for an unknown one or a default one."""

    def instance_rows(self) -> list[InstanceRow]: ...
    def has_ami(self, ami: str) -> bool: ...
    def machine_routes(self) -> list[Route]: ...
    def own_device(self) -> str: ...


def refuse(action: str, form: Mapping[str, str], account: Account) -> Refusal | None:
    """Why AWS (or the sandbox) would refuse `action` with the parameters `form`; None where moto may have it."""
    if action == "RunInstances":
        return _run_instances(form, account)
    if action == "DeleteSubnet":
        return _delete_subnet(form.get("SubnetId", ""), account)
    if action == "CreateVpc":
        return _create_vpc(form.get("CidrBlock", ""), account)
    return None


def _run_instances(form: Mapping[str, str], account: Account) -> Refusal | None:
    ami = form.get("ImageId", "")
    if not account.has_ami(ami):
        return Refusal(code="InvalidAMIID.NotFound", message=f"The image id '[{ami}]' does not exist")
    subnet_id = form.get("SubnetId") or form.get("NetworkInterface.1.SubnetId", "")
    if not subnet_id:
        return Refusal(code="VPCIdNotSpecified", message="No default VPC for this user. Give a subnet.")
    found = account.subnet_range(subnet_id)
    if not found:
        return Refusal(code="InvalidSubnetID.NotFound", message=f"The subnet ID '{subnet_id}' does not exist")
    vpc_id, subnet = found
    live = [row for row in account.instance_rows() if row.state in LIVE]
    if other := next((row.vpc_id for row in live if row.vpc_id != vpc_id), None):
        return Refusal(
            code="UnsupportedOperation",
            message=f"The sandbox has room for the instances of one VPC, and {other} has instances",
        )
    wanted = form.get("PrivateIpAddress") or form.get("NetworkInterface.1.PrivateIpAddress", "")
    return _address(wanted, subnet, {row.address for row in live}) if wanted else None


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


def _delete_subnet(subnet_id: str, account: Account) -> Refusal | None:
    if any(row.subnet_id == subnet_id and row.state in LIVE for row in account.instance_rows()):
        return Refusal(
            code="DependencyViolation",
            message=f"The subnet '{subnet_id}' has dependencies and cannot be deleted.",
        )
    return None


def _create_vpc(cidr: str, account: Account) -> Refusal | None:
    try:
        IPv4Network(cidr)
    except ValueError:
        return None  # moto refuses it with a reason
    found = clashes({"vpcCidr": cidr}, account.machine_routes(), account.own_device())
    return Refusal(code="InvalidVpc.Range", message=found[0]) if found else None
