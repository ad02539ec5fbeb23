"""The bastion: the one machine with a public SSH port, through which nodes with private addresses are reached."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi_command import remote

from infra.config import bounds
from infra.config.settings import Settings
from infra.plan.host_keys import host_key
from infra.plan.plan import Node
from infra.resources import connection, machine
from infra.resources.connection import Connection
from infra.services import logins
from infra.steps.templates import render

NAME = "bastion"
SECONDS = 300
"""How long a node may take until it shows its host key."""

_LOOKS = 3
"""On how many looks in a row it does: sshd accepts connections a moment before the system lets anyone log in."""


@dataclass(frozen=True, kw_only=True)
class BastionArgs:
    """`group` is the bastion's own security group."""

    settings: Settings
    place: machine.Place
    group: aws.ec2.SecurityGroup
    stack: str


class Bastion(pulumi.ComponentResource):
    """`connection` is what nodes' connections have as their proxy. None of the `outputs` is secret."""

    def __init__(self, name: str, args: BastionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:bastion:Bastion", name, None, opts)
        self._settings, self.name = args.settings, NAME
        key = host_key(NAME, args.settings)
        instance = self._instance(name, args, render("bastion/user-data.yaml", host_key=key))
        # An address of its own, which a new instance keeps: a connection with another one would run every step again.
        address = aws.ec2.Eip(
            name,
            domain="vpc",
            instance=instance.id,
            tags={"Name": f"apollo-{name}"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.place.network.public.ready)),
        )
        self.connection = connection.to(NAME, args.settings, host=address.public_ip, host_key=key.public)
        self._logins(instance)
        self.outputs = self.connection.outputs(args.stack)
        self.register_outputs({})

    def _instance(self, name: str, args: BastionArgs, user_data: str) -> aws.ec2.Instance:
        settings, network = args.settings, args.place.network
        own = pulumi.ResourceOptions(
            parent=self,
            depends_on=[*network.public.ready, args.place.key],
            # A newer image of the vendor is no reason to replace it.
            ignore_changes=None if settings.ami else ["ami"],
            # cloud-init reads it on the first boot alone.
            replacement_trigger=sha256(user_data.encode()).hexdigest(),
        )
        # An AMI of the operator's can be larger than the vendors'.
        size = settings.root_volume_gb if settings.ami else bounds.VOLUME_GB_LEAST
        options: dict[str, Any] = {
            "metadata_options": machine.metadata_options(settings),
            "root_block_device": machine.root_volume(size),
        }
        return aws.ec2.Instance(
            name,
            ami=args.place.image,
            instance_type=settings.bastion_instance_type,
            subnet_id=next(iter(network.public.ids.values())),
            vpc_security_group_ids=[args.group.id],
            key_name=args.place.key_name,
            user_data=pulumi.Output.secret(user_data),
            tags={"Name": NAME, "role": NAME},
            opts=own,
            **options,
        )

    def _logins(self, instance: aws.ec2.Instance) -> None:
        """The same logins as on the nodes, because whoever logs in to a node passes through here."""
        remote.Command(
            f"{NAME}-{logins.NAME}",
            connection=self.connection.arguments,
            create=logins.step(self._settings).script(self, self._settings.system.init),
            triggers=[instance.id],
            logging=remote.Logging.NONE,
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=instance),
        )

    def reachable(
        self, node: Node, instance: aws.ec2.Instance, connection: Connection, parent: pulumi.Resource
    ) -> remote.Command:
        """Done as soon as the bastion can reach the node's sshd; runs again when what restarts the node changes."""
        return remote.Command(
            f"{node.name}-reachable",
            connection=self.connection.arguments,
            create=render(
                "bastion/reachable.sh",
                node=node,
                host_key=connection.host_key,
                instance_type=self._settings.instance_type(node.role),
                seconds=SECONDS,
                looks=_LOOKS,
            ),
            triggers=[instance.id],
            logging=remote.Logging.NONE,
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=parent, deleted_with=instance),
        )
