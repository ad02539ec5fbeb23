"""The paths of an instance's metadata, and what is at each."""

import json
from typing import Any

from sandbox.metadata.instance import Instance

# Those that cloud-init asks for. Each has all categories of the latest, which EC2 added over the years.
VERSIONS = ("2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest")
NAMED_ONLY = 2  # the first levels, versions and what they have, are listed without a slash behind the name


def found(instance: Instance, path: str) -> bytes | None:
    """The value at `path`, or the list of what is below it; None where there is nothing."""
    words = [word for word in path.split("/") if word]
    here: Any = dict.fromkeys(VERSIONS, version(instance))
    for word in words:
        if not isinstance(here, dict):
            return None
        here = next((below for name, below in here.items() if name.partition("=")[0] == word), None)
    if isinstance(here, dict):
        return listing(here, slashes=len(words) >= NAMED_ONLY).encode()
    return here.encode() if isinstance(here, str) else here


def listing(below: dict[str, Any], *, slashes: bool) -> str:
    """One name a line; a slash follows a name with more below it. A key pair's line is `0=name`."""
    return "\n".join(
        f"{name}/" if slashes and isinstance(content, dict) and "=" not in name else name
        for name, content in sorted(below.items())
    )


def version(instance: Instance) -> dict[str, Any]:
    """All that a version has: text, bytes, and dicts of what is below a name."""
    dynamic = {"instance-identity": {"document": json.dumps(identity(instance), indent=2)}}
    user_data = {"user-data": instance.user_data} if instance.user_data else {}
    return {"dynamic": dynamic, "meta-data": categories(instance), **user_data}


def categories(instance: Instance) -> dict[str, Any]:
    pairs = enumerate(instance.public_keys.items())
    keys = {f"{number}={name}": {"openssh-key": key} for number, (name, key) in pairs}
    public = {"public-ipv4": instance.public_address} if instance.public_address else {}
    return {
        "ami-id": instance.image,
        "ami-launch-index": "0",
        "hostname": instance.hostname,
        "instance-action": "none",
        "instance-id": instance.instance_id,
        "instance-life-cycle": "on-demand",
        "instance-type": instance.instance_type,
        "local-hostname": instance.hostname,
        "local-ipv4": instance.address,
        "mac": instance.mac,
        "network": {"interfaces": {"macs": {instance.mac: interface(instance)}}},
        "placement": {"availability-zone": instance.zone, "region": instance.region},
        "security-groups": "\n".join(instance.security_groups),
        "services": {"domain": "amazonaws.com", "partition": "aws"},
        **({"public-keys": keys} if keys else {}),
        **public,
    }


def interface(instance: Instance) -> dict[str, str]:
    public = {"public-ipv4s": instance.public_address} if instance.public_address else {}
    return {
        "device-number": "0",
        "interface-id": instance.interface,
        "local-ipv4s": instance.address,
        "mac": instance.mac,
        "owner-id": instance.account,
        "subnet-id": instance.subnet,
        "subnet-ipv4-cidr-block": instance.subnet_cidr,
        "vpc-id": instance.vpc,
        "vpc-ipv4-cidr-block": instance.vpc_cidr,
        **public,
    }


def identity(instance: Instance) -> dict[str, str]:
    """The identity document; here nothing signs it."""
    return {
        "accountId": instance.account,
        "architecture": "x86_64",
        "availabilityZone": instance.zone,
        "imageId": instance.image,
        "instanceId": instance.instance_id,
        "instanceType": instance.instance_type,
        "pendingTime": instance.launched.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "privateIp": instance.address,
        "region": instance.region,
        "version": "2017-09-30",
    }
