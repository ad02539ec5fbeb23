"""An existing network: config that names one, and what AWS reports of it."""

from typing import Any

VPC = "vpc-0a1b2c3d4e5f67890"
CIDR = "10.9.0.0/16"
SUBNETS = {
    "public": {"a": "10.9.0.0/22", "b": "10.9.4.0/22", "c": "10.9.8.0/22"},
    "private": {"a": "10.9.64.0/22", "b": "10.9.68.0/22", "c": "10.9.72.0/22"},
}
"""Their ranges by kind and zone letter, at AWS and in the config."""


def subnet_id(kind: str, letter: str) -> str:
    return f"subnet-{len(kind):07x}{letter}"


def existing(topology: str = "public", **changes: Any) -> dict[str, Any]:
    """Changes of a config that put the cluster into this network, with the subnets that the topology uses."""
    kinds = ["public", "private"] if topology == "private" else ["public"]
    return {
        "vpcId": VPC,
        "vpcCidr": CIDR,
        "topology": topology,
        "subnetIds": {kind: {letter: subnet_id(kind, letter) for letter in SUBNETS[kind]} for kind in kinds},
        "subnetCidrs": {kind: SUBNETS[kind] for kind in kinds},
        **changes,
    }


def answers(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What getVpc and getSubnet answer, by id; `changes` are of a subnet, as `private_a`, or of the `vpc`."""
    of_vpc = changes.get("vpc", {})
    ranges = [{"associationId": "one", "cidrBlock": CIDR, "state": "associated"}]
    vpc = {"id": VPC, "cidrBlock": CIDR, "cidrBlockAssociations": ranges, "enableDnsSupport": True, **of_vpc}
    found = {VPC: vpc}
    for kind, by_letter in SUBNETS.items():
        for letter, cidr in by_letter.items():
            name = subnet_id(kind, letter)
            found[name] = {
                "id": name,
                "vpcId": VPC,
                "availabilityZone": f"eu-west-1{letter}",
                "cidrBlock": cidr,
                "mapPublicIpOnLaunch": kind == "public",
                **changes.get(f"{kind}_{letter}", {}),
            }
    return found
