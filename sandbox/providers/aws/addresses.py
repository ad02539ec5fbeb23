"""Elastic IPs, and the NAT gateways that have one each."""

from typing import Any

from sandbox.providers.aws.kind import Api, Kind, arn, found_or_none, given, live, only, tagged
from sandbox.providers.values import Plain


def _allocate(api: Api, inputs: Plain) -> str:
    made = api.ec2.allocate_address(Domain=inputs["domain"], **tagged("elastic-ip", api, inputs))
    identity = str(made["AllocationId"])
    _associate(api, identity, inputs)
    return identity


def _associate(api: Api, identity: str, inputs: Plain) -> None:
    if "instance" in inputs:
        _disassociate(api, identity)
        api.ec2.associate_address(AllocationId=identity, InstanceId=inputs["instance"])


def _disassociate(api: Api, identity: str) -> None:
    found = _find_address(api, identity)
    if found and found.get("AssociationId"):
        api.ec2.disassociate_address(AssociationId=found["AssociationId"])


def _find_address(api: Api, identity: str) -> Any:
    return only(lambda: api.ec2.describe_addresses(AllocationIds=[identity]), "Addresses")


def _read_address(api: Api, identity: str) -> Plain | None:
    found = _find_address(api, identity)
    outputs = live(arn(api, "elastic-ip", identity), found, "domain", "publicIp", "allocationId")
    if outputs is None or not found.get("InstanceId"):
        return outputs
    # No internet here: a host with a public address is reached from outside at the one that it has inside.
    return {**outputs, "instance": found["InstanceId"], "publicIp": found["PrivateIpAddress"]}


def _release(api: Api, identity: str, _: Plain) -> None:
    _disassociate(api, identity)
    api.ec2.release_address(AllocationId=identity)


EIP = Kind(
    required=("domain",),
    create=_allocate,
    read=_read_address,
    update=_associate,
    delete=_release,
    replace_on=("domain",),
    computed=("arn", "allocationId", "publicIp"),
)


def _create_nat_gateway(api: Api, inputs: Plain) -> str:
    made = api.ec2.create_nat_gateway(
        **given(inputs, "subnetId", "allocationId"), **tagged("natgateway", api, inputs)
    )
    return str(made["NatGateway"]["NatGatewayId"])


def _read_nat_gateway(api: Api, identity: str) -> Plain | None:
    found = only(lambda: api.ec2.describe_nat_gateways(NatGatewayIds=[identity]), "NatGateways")
    if found is None or found["State"] in ("deleting", "deleted"):
        return None
    address: Plain = next(iter(found["NatGatewayAddresses"]), {})
    return {
        **(live(arn(api, "natgateway", identity), found, "subnetId") or {}),
        "allocationId": address.get("AllocationId"),
        "publicIp": address.get("PublicIp"),
    }


NAT_GATEWAY = Kind(
    required=("subnetId", "allocationId"),
    create=_create_nat_gateway,
    read=_read_nat_gateway,
    delete=lambda api, identity, _: found_or_none(lambda: api.ec2.delete_nat_gateway(NatGatewayId=identity)),
    replace_on=("subnetId", "allocationId"),
    computed=("arn", "publicIp"),
)
