"""A node: its instance, and its steps in the order in which they run there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.plan.host_keys import host_key
from infra.plan.plan import Node as Planned
from infra.plan.plan import Plan
from infra.resources import connection, machine
from infra.resources.provision import Provisioning
from infra.steps.step import Step


@dataclass(frozen=True, kw_only=True)
class NodeArgs:
    """`steps` are in an order in which they can run, the gate last."""

    plan: Plan
    node: Planned
    place: machine.Place
    steps: Sequence[Step]
    stack: str


class Node(pulumi.ComponentResource):
    """`gate` is the last step: what depends on it waits until the node is up.

    `outputs` are what the operator's commands need to know of the node; none of them is secret.
    """

    def __init__(self, name: str, args: NodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:node:Node", name, None, opts)
        settings, node = args.plan.settings, args.node
        key = host_key(node, settings)
        self.instance = machine.instance(node, settings, args.place, key, pulumi.ResourceOptions(parent=self))
        addresses = pulumi.Output.all(self.instance.private_ip, self.instance.public_ip)
        host = addresses.apply(lambda found: machine.reachable(node, *found))
        self.connection = connection.to(node.name, settings, host=host, host_key=key.public)
        provisioning = Provisioning(
            node=node,
            init=settings.system.init,
            instance=self.instance,
            connection=self.connection,
            parent=self,
        )
        commands = provisioning.commands(args.steps)
        self.gate = commands[args.steps[-1].name]
        printed = {step.output: commands[step.name].stdout.apply(str.strip) for step in args.steps if step.output}
        self.outputs: dict[str, Any] = {
            "role": node.role,
            "index": node.index,
            "bridge": str(node.bridge),
            "containers": str(node.containers),
            "privateAddress": str(node.private_address),
            "zone": node.zone,
            "peers": [peer.name for peer in args.plan.peers(node)],
            **self.connection.outputs(args.stack),
            **printed,
        }
        self.register_outputs({})
