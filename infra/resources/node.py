"""A node: its instance, and its steps in the order in which they run there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.plan.host_keys import host_key
from infra.plan.plan import Node as Planned
from infra.plan.plan import Plan
from infra.plan.roll import Made, Roll, routers
from infra.resources import connection, machine, past
from infra.resources.bastion import Bastion
from infra.resources.provision import Provisioning
from infra.services import node_steps, weave
from infra.steps.step import Step


@dataclass(frozen=True, kw_only=True)
class NodeArgs:
    """`steps` are in an order in which they can run, the gate last.

    `behind` are the gates that a change of this node waits for, and `also`, by the name of a step, what that step
    waits for in addition. `last` are the node's outputs of the last `up`; empty for a new node.
    """

    plan: Plan
    node: Planned
    place: machine.Place
    steps: Sequence[Step]
    stack: str
    roll: Roll
    behind: Sequence[pulumi.Resource]
    also: Mapping[str, Sequence[pulumi.Input[pulumi.Resource]]]
    last: Mapping[str, Any]
    bastion: Bastion | None = None


class Node(pulumi.ComponentResource):
    """`gate` is the last of `commands`, which are by step name: what depends on it waits until the node is up.

    `outputs` are what the operator's commands need to know of the node; none of them is secret. `made` is what the
    next `up` compares with, as in roll.Made; it contains a digest of the weave password. Where a resource has failed,
    both have what the last `up` left.
    """

    def __init__(self, name: str, args: NodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("apollo:node:Node", name, None, opts)
        settings, node = args.plan.settings, args.node
        key = host_key(node.name, settings)
        digest = machine.digest(node, settings, key)
        self.instance = machine.instance(
            node,
            settings,
            args.place,
            key,
            pulumi.ResourceOptions(parent=self),
            # Only then: an instance that always waited would let a `destroy` delete the instances one by one.
            behind=args.behind if args.roll.changes_machine(node, digest) else (),
        )
        addresses = pulumi.Output.all(self.instance.private_ip, self.instance.public_ip)
        host = addresses.apply(lambda found: machine.reachable(node, *found))
        bastion = args.bastion
        proxy = bastion.connection if bastion else None
        self.connection = connection.to(node.name, settings, host=host, host_key=key.public, proxy=proxy)
        reachable = [bastion.reachable(node, self.instance, self.connection, self)] if bastion else []
        provisioning = Provisioning(
            node=node,
            init=settings.system.init,
            instance=self.instance,
            connection=self.connection,
            parent=self,
            behind=args.behind,
            also=args.also,
            free=node_steps.up_to(args.steps, weave.ROUTER) if args.roll.together else (),
            # An instance that was stopped and started keeps its id, and no step need run on it.
            triggers={args.steps[-1].name: [digest]},
            reachable=reachable,
        )
        self.commands = commands = provisioning.commands(args.steps)
        self.gate = commands[args.steps[-1].name]
        printed = {step.output: commands[step.name].stdout.apply(str.strip) for step in args.steps if step.output}
        outputs: dict[str, Any] = {
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
        self.outputs = {name: _kept(args.last, name, value) for name, value in outputs.items()}
        before = args.roll.existing.get(name, Made())
        self.made: dict[str, Any] = {
            "machine": self.instance.id.apply(lambda _: digest),
            "routers": past.kept(
                commands[weave.ROUTER].stdout.apply(lambda _: routers(settings)), dict(before.routers)
            ),
        }
        self.made["services"] = past.kept(self.gate.stdout.apply(lambda _: list(settings.services)), before.services)
        if args.last:
            self.made["machine"] = past.kept(self.made["machine"], before.machine)
        self.register_outputs({})


def _kept(last: Mapping[str, Any], name: str, value: Any) -> Any:
    """Of an existing node; the outputs of a new one are complete, or the stack keeps those of its last `up`."""
    return past.kept(value, last[name]) if name in last and isinstance(value, pulumi.Output) else value
