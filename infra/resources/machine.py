"""A machine: the EC2 instance of one node, at the address that the plan gives it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.plan.host_keys import host_key
from infra.plan.plan import Node, Plan
from infra.resources.network import Network
from infra.steps.templates import render


@dataclass(frozen=True, kw_only=True)
class MachineArgs:
    """`image` is the id of the AMI to create the instance from."""

    plan: Plan
    node: Node
    network: Network
    key_name: pulumi.Input[str]
    image: pulumi.Input[str]


class Machine(pulumi.ComponentResource):
    """`instance`; `host`, where the operator reaches it by SSH; and `host_key`, the key that it has to show there."""

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:machine:Machine", name, None, opts)
        settings, node = args.plan.settings, args.node
        types = {"master": settings.master_instance_type, "slave": settings.slave_instance_type}
        key = host_key(node, settings)
        self.host_key = key.public
        self.instance = aws.ec2.Instance(
            name,
            ami=args.image,
            instance_type=types[node.role],
            subnet_id=args.network.subnets[node.zone].id,
            private_ip=str(node.private_address),
            vpc_security_group_ids=[args.network.security_group.id, args.network.role_groups[node.role].id],
            key_name=args.key_name,
            user_data=pulumi.Output.secret(render("node/user-data.yaml", node=node, host_key=key)),
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
            },
            root_block_device={
                "volume_type": "gp3",
                "volume_size": settings.root_volume_gb,
                "encrypted": True,
                "delete_on_termination": True,
            },
            tags={"Name": name, "role": node.role},
            opts=pulumi.ResourceOptions(
                parent=self,
                # A planned address can't be held by two instances at once.
                delete_before_replace=True,
                # A vendor's newer image is for the next node, not a reason to replace this one.
                ignore_changes=None if settings.ami else ["ami"],
            ),
        )
        answered = pulumi.Output.all(self.instance.private_ip, self.instance.public_ip)
        self.host = answered.apply(lambda addresses: reachable(node, *addresses))
        self.register_outputs({"host": self.host})


def reachable(node: Node, private: str, public: str | None) -> str:
    """The address to log in at; raises RunError when AWS answered with another private one than planned."""
    if private != str(node.private_address):
        raise pulumi.RunError(
            f"{node.name} has the private address {private}, but {node.private_address} is planned, and "
            "every other node's files name that: run `pulumi refresh`, then `pulumi up` to replace the instance"
        )
    return public or private
