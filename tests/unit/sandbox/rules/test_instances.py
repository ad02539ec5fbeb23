"""What EC2 refuses of instances and key pairs."""

from typing import Any

import pytest
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.unit.providers.ec2 import PUBLIC_KEY
from tests.unit.sandbox.rules.conftest import Account, refusal

SIXTEEN_KB = 16384


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"ImageId": "ami-00000000000000000"}, "InvalidAMIID.NotFound: The image id '[ami-00000000000000000]' does"),
        ({"SubnetId": ""}, "VPCIdNotSpecified: "),
        ({"SubnetId": "subnet-0"}, "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist"),
        ({"InstanceType": "t9.medium"}, "InvalidParameterValue: Invalid value 't9.medium' for InstanceType."),
        (
            {"InstanceType": "t4g.medium"},
            "InvalidParameterValue: The architecture 'arm64' of the specified instance type does not match the "
            "architecture 'x86_64' of the specified AMI.",
        ),
        ({"UserData": "x" * (SIXTEEN_KB + 1)}, "InvalidParameterValue: User data is limited to 16384 bytes"),
        ({"KeyName": "none"}, "InvalidKeyPair.NotFound: The key pair 'none' does not exist"),
        (
            {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 7}}]},
            "InvalidBlockDeviceMapping: Volume of size 7GB is smaller than snapshot",
        ),
        ({"PrivateIpAddress": "198.18.0.3"}, "InvalidParameterValue: Address 198.18.0.3 is in subnet's reserved"),
        (
            {"PrivateIpAddress": "198.18.15.255"},
            "InvalidParameterValue: Address 198.18.15.255 is in subnet's",
        ),
        ({"PrivateIpAddress": "198.18.16.4"}, "InvalidParameterValue: Address 198.18.16.4 does not fall within"),
        (
            {"PrivateIpAddress": "somewhere"},
            "InvalidParameterValue: Value (somewhere) for parameter private",
        ),
    ],
)
def test_an_instance_is_refused_with_awss_code_and_message(
    account: Account, request_: dict[str, Any], answer: str
) -> None:
    assert answer in refusal(lambda: account.run(**request_))


def test_an_instance_at_the_first_free_address_with_all_the_user_data_that_fits_is_accepted(account: Account) -> None:
    fits = {"InstanceType": "t3.medium", "UserData": "x" * SIXTEEN_KB, "PrivateIpAddress": "198.18.0.4"}
    account.terminate(account.run(**fits))


def interface_of(account: Account, address: str) -> None:
    """An interface of something else than an instance, such as a load balancer; the policy lets nobody create one."""
    backend = get_backend("ec2")[DEFAULT_ACCOUNT_ID][account.ec2.meta.region_name]
    backend.create_network_interface(account.subnets[0], address)


def test_an_address_of_an_instance_or_of_an_interface_is_in_use(account: Account) -> None:
    instance = account.run(PrivateIpAddress="198.18.0.20")
    interface_of(account, "198.18.0.21")
    for address in ("198.18.0.20", "198.18.0.21"):
        answer = refusal(lambda address=address: account.run(PrivateIpAddress=address))  # type: ignore[misc]
        assert answer == f"InvalidIPAddress.InUse: Address {address} is in use."
    account.terminate(instance)


def test_a_subnet_without_a_free_address_is_full_and_its_reserved_addresses_can_still_be_named(
    account: Account,
) -> None:
    subnet = account.new_subnet("198.18.32.0/28")
    account.ec2.create_subnet_cidr_reservation(SubnetId=subnet, Cidr="198.18.32.0/28", ReservationType="explicit")
    answer = refusal(lambda: account.run(SubnetId=subnet))
    assert answer.startswith("InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet ")
    account.terminate(account.run(SubnetId=subnet, PrivateIpAddress="198.18.32.5"))


def test_a_security_group_of_another_vpc_is_refused(account: Account) -> None:
    other = account.group(account.ec2.create_vpc(CidrBlock="198.19.0.0/16")["Vpc"]["VpcId"])
    answer = refusal(lambda: account.run(SecurityGroupIds=[other]))
    assert answer.startswith(f"InvalidParameter: Security group {other} and subnet ")


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"InstanceType": {"Value": "t9.medium"}}, "Invalid value 't9.medium' for InstanceType."),
        ({"UserData": {"Value": b"x" * (SIXTEEN_KB + 1)}}, "User data is limited to 16384 bytes"),
    ],
)
def test_what_a_new_instance_may_not_have_an_old_one_may_not_change_to(
    account: Account, change: dict[str, Any], answer: str
) -> None:
    instance = account.run()
    refused = refusal(lambda: account.ec2.modify_instance_attribute(InstanceId=instance, **change))
    assert refused == f"InvalidParameterValue: {answer}"
    account.terminate(instance)


@pytest.mark.parametrize("name", ["k" * 256, "clé"])
def test_a_key_pairs_name_is_short_ascii(account: Account, name: str) -> None:
    answer = refusal(lambda: account.ec2.import_key_pair(KeyName=name, PublicKeyMaterial=PUBLIC_KEY.encode()))
    assert answer.startswith(f"InvalidParameterValue: Value ({name}) for parameter KeyName is invalid.")


def test_a_second_key_pair_of_a_name_is_a_duplicate(account: Account) -> None:
    pair = {"KeyName": "login", "PublicKeyMaterial": PUBLIC_KEY.encode()}
    account.ec2.import_key_pair(**pair)
    assert refusal(lambda: account.ec2.import_key_pair(**pair)).startswith("InvalidKeyPair.Duplicate: ")
