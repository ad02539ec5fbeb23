"""A machine: the EC2 instance of one node, at the address that the plan gives it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.config.settings import Settings
from infra.plan.host_keys import HostKey
from infra.plan.plan import Node
from infra.resources.network import Network
from infra.services import mesos
from infra.steps.templates import render


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the machines of all nodes have in common; `image` is the id of the AMI of new instances.

    `key_name` is text, and no output of `key`: Pulumi would replace what depends on a property of a key pair that is
    deleted before its replacement.
    """

    network: Network
    key_name: str
    key: aws.ec2.KeyPair
    image: pulumi.Input[str]


def instance(
    node: Node,
    settings: Settings,
    place: Place,
    key: HostKey,
    opts: pulumi.ResourceOptions,
    behind: Sequence[pulumi.Resource] = (),
) -> aws.ec2.Instance:
    """`behind` are resources that it waits for in addition to the network."""
    own = pulumi.ResourceOptions(
        # Two instances cannot have the planned address at once.
        delete_before_replace=True,
        # On a first boot packages come from the Internet; and the gateway is deleted after what has public addresses.
        depends_on=[*place.network.nodes.ready, place.key, *behind],
        # A newer image of the vendor is for the next node, and not a reason to replace this one.
        ignore_changes=None if settings.ami else ["ami"],
        # cloud-init installs the host key on the first boot alone.
        replacement_trigger=key.public,
    )
    return aws.ec2.Instance(
        node.name,
        ami=place.image,
        subnet_id=place.network.nodes.ids[node.zone],
        vpc_security_group_ids=[place.network.security_group.id, place.network.role_groups[node.role].id],
        key_name=place.key_name,
        user_data=pulumi.Output.secret(user_data(node, settings, key)),
        opts=pulumi.ResourceOptions.merge(opts, own),
        **_planned(node, settings),
    )


def _planned(node: Node, settings: Settings) -> dict[str, Any]:
    """The instance's properties that follow from the plan alone."""
    return {
        "instance_type": settings.instance_type(node.role),
        "private_ip": str(node.private_address),
        "metadata_options": metadata_options(settings),
        "root_block_device": root_volume(settings.root_volume_gb),
        "tags": {"Name": node.name, "role": node.role},
    }


def digest(node: Node, settings: Settings, key: HostKey) -> str:
    """Of all that changes a running instance; the user data has the host's private key, so nothing can be guessed."""
    of = [_planned(node, settings), settings.ami, node.zone, user_data(node, settings, key)]
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()


def metadata_options(settings: Settings) -> dict[str, Any]:
    """For the machine itself: an answer with a token lives for one hop."""
    return {
        "http_endpoint": "enabled",
        "http_tokens": "optional" if settings.allow_imds_v1 else "required",
        "http_put_response_hop_limit": 1,
    }


def root_volume(size_gb: int) -> dict[str, Any]:
    return {"volume_type": "gp3", "volume_size": size_gb, "encrypted": True, "delete_on_termination": True}


def user_data(node: Node, settings: Settings, key: HostKey) -> str:
    """What cloud-init sets up on the machine; a change of it stops and starts an instance that runs."""
    cgroup_v1 = mesos.boots_with_cgroup_v1(node, settings)
    return render("node/user-data.yaml", node=node, host_key=key, cgroup_v1=cgroup_v1)


def reachable(node: Node, private: str, public: str | None) -> str:
    """The address to log in at; raises RunError when the instance does not have the planned private address."""
    if private != str(node.private_address):
        raise pulumi.RunError(
            f"{node.name} has the private address {private}, but {node.private_address} is planned, and "
            "every other node's files name that: run `pulumi refresh`, then `pulumi up` to replace the instance"
        )
    return public or private
