"""Rules of instances and key pairs."""

import base64
import binascii
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from typing import Any

from sandbox.cloud.rules.records import instance_type, reserved
from sandbox.cloud.rules.request import Refusal, Request, invalid

USER_DATA_MOST = 16384  # bytes, before they are encoded
IMAGE_GB = 8  # Debian's and Ubuntu's images have volumes of this size


def image_and_place(request: Request) -> Iterator[Refusal]:
    """The image, the subnet and the address of a new instance."""
    ami, region = request.text("ImageId"), request.records.region
    if not region.has_ami(ami):
        yield Refusal(code="InvalidAMIID.NotFound", message=f"The image id '[{ami}]' does not exist")
    subnet_id = request.text("SubnetId", "NetworkInterface.1.SubnetId")
    if not subnet_id:
        yield Refusal(code="VPCIdNotSpecified", message="No default VPC for this user. Give a subnet.")
    subnet = region.subnet(subnet_id)
    if subnet is None or subnet.default_for_az:
        yield Refusal(code="InvalidSubnetID.NotFound", message=f"The subnet ID '{subnet_id}' does not exist")
        return
    if other := next((each.vpc_id for each in request.records.live() if each.vpc_id != subnet.vpc_id), None):
        yield Refusal(
            code="UnsupportedOperation",
            message=f"The sandbox has room for the instances of one VPC, and {other} has instances",
        )
    if wanted := request.text("PrivateIpAddress", "NetworkInterface.1.PrivateIpAddress"):
        yield from _address(wanted, subnet, request)
    elif not next(request.records.free(subnet), None):
        yield Refusal(
            code="InsufficientFreeAddressesInSubnet",
            message=f"There are not enough free addresses in subnet '{subnet_id}' to satisfy the requested number of "
            "instances.",
        )


def _address(wanted: str, subnet: Any, request: Request) -> Iterator[Refusal]:
    try:
        address = ip_address(wanted)
    except ValueError:
        yield invalid(f"Value ({wanted}) for parameter privateIpAddress is invalid.")
        return
    if address not in subnet.cidr:
        yield invalid(f"Address {wanted} does not fall within the subnet's address range")
    if isinstance(address, IPv4Address) and address in reserved(subnet.cidr):
        yield invalid(f"Address {wanted} is in subnet's reserved address range")
    if wanted in request.records.taken(subnet):
        yield Refusal(code="InvalidIPAddress.InUse", message=f"Address {wanted} is in use.")


def kind(request: Request) -> Iterator[Refusal]:
    """The instance type, of a new instance or of one that changes it."""
    name = request.text("InstanceType", "InstanceType.Value")
    if not name:
        return
    known = instance_type(name)
    if known is None:
        yield invalid(f"Invalid value '{name}' for InstanceType.")
        return
    found, ami = known["ProcessorInfo"]["SupportedArchitectures"], request.text("ImageId")
    for architecture in request.records.architectures(ami) if ami else ():
        if architecture not in found:
            yield invalid(
                f"The architecture '{found[-1]}' of the specified instance type does not match the architecture "
                f"'{architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
                "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to "
                "discover the architecture of the instance type or AMI."
            )


def user_data(request: Request) -> Iterator[Refusal]:
    try:
        data = base64.b64decode(request.text("UserData", "UserData.Value"), validate=True)
    except binascii.Error:
        yield invalid("Invalid BASE64 encoding of user data.")
        return
    if len(data) > USER_DATA_MOST:
        yield invalid(f"User data is limited to {USER_DATA_MOST} bytes")


def volume(request: Request) -> Iterator[Refusal]:
    for device in request.parts("BlockDeviceMapping"):
        size = device.get("Ebs.VolumeSize", "")
        if size and int(size) < IMAGE_GB:
            yield Refusal(
                code="InvalidBlockDeviceMapping",
                message=f"Volume of size {size}GB is smaller than snapshot 'snap-0debbade0debbade0', expect size >= "
                f"{IMAGE_GB}GB",
            )


def login(request: Request) -> Iterator[Refusal]:
    name = request.text("KeyName")
    if name and not request.records.has_key(name):
        yield Refusal(code="InvalidKeyPair.NotFound", message=f"The key pair '{name}' does not exist")


def groups(request: Request) -> Iterator[Refusal]:
    """The security groups are of the subnet's VPC."""
    subnet_id = request.text("SubnetId")
    subnet = request.records.region.subnet(subnet_id)
    for group_id in request.texts("SecurityGroupId"):
        group = request.records.group(group_id)
        if subnet and group and group.vpc_id != subnet.vpc_id:
            yield Refusal(
                code="InvalidParameter",
                message=f"Security group {group_id} and subnet {subnet_id} belong to different networks.",
            )


def key_name(request: Request) -> Iterator[Refusal]:
    name = request.text("KeyName")
    if not re.fullmatch(r"[\x20-\x7e]{1,255}", name):
        yield invalid(f"Value ({name}) for parameter KeyName is invalid. It must be 1 to 255 ASCII characters.")
