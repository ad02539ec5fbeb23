"""The nodes of a cluster, each behind the gates that the roll has it wait for, and the drains of its slaves."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.plan.host_keys import host_key
from infra.plan.plan import Node as Planned
from infra.plan.plan import Plan
from infra.plan.roll import Roll
from infra.resources import machine
from infra.resources.bastion import Bastion
from infra.resources.drain import Drain, DrainArgs
from infra.resources.machine import Place
from infra.resources.node import Node, NodeArgs
from infra.resources.past import Past
from infra.services import drain, membership, registry
from infra.services.membership import StepOf
from infra.steps.service import Service


@dataclass(frozen=True, kw_only=True)
class NodesArgs:
    plan: Plan
    services: Sequence[Service]
    stack: str
    past: Past
    roll: Roll
    place: Place
    bastion: Bastion | None


class Nodes:
    """Makes all nodes of a plan, in its order; `parent` is the parent of the drains.

    `by_name` has the nodes, `drains` those of slaves that are drained; both are by the name of the node.
    """

    def __init__(self, args: NodesArgs, parent: pulumi.Resource, cloud: pulumi.ResourceOptions) -> None:
        self._args, self._parent, self._cloud = args, parent, cloud
        self.by_name: dict[str, Node] = {}
        self.drains: dict[str, Drain] = {}
        self._steps = registry.steps(args.plan, args.services)
        self._waits, self._also = args.roll.waits(), membership.waits(args.roll, self._steps)
        # A step may wait for one of a node that is made later.
        self._awaited: dict[StepOf, asyncio.Future[pulumi.Resource]] = defaultdict(asyncio.Future)
        for node in args.plan.nodes:
            self._make(node)
        for (name, step), future in self._awaited.items():
            future.set_result(self.by_name[name].commands[step])

    @property
    def gates(self) -> list[pulumi.Resource]:
        """What runs last for each node."""
        return [self._gate(name) for name in self.by_name]

    @property
    def made(self) -> dict[str, Mapping[str, Any]]:
        """What the next `up` compares with, by node; as in roll.Made, and it contains secrets."""
        drained = {name: {"drained": each.made} for name, each in self.drains.items()}
        return {name: node.made | drained.get(name, {}) for name, node in self.by_name.items()}

    def _gate(self, name: str) -> pulumi.Resource:
        return self.drains[name].back if name in self.drains else self.by_name[name].gate

    def _make(self, node: Planned) -> None:
        args, behind = self._args, [self._gate(other) for other in self._waits[node.name]]
        if drain.applies(node, args.plan):
            self.drains[node.name] = self._drain(node, behind)
            behind += self.drains[node.name].before if node.name in args.roll.existing else ()
        own = NodeArgs(
            plan=args.plan,
            node=node,
            place=args.place,
            steps=self._steps[node.name],
            stack=args.stack,
            roll=args.roll,
            behind=behind,
            also={
                step: [self._awaited[other] for other in others]
                for (name, step), others in self._also.items()
                if name == node.name
            },
            last=args.past.nodes.get(node.name, {}),
            bastion=args.bastion,
        )
        self.by_name[node.name] = made = Node(node.name, own, self._cloud)
        if node.name in self.drains:
            self.drains[node.name].follow(made.gate)

    def _drain(self, node: Planned, behind: Sequence[pulumi.Resource]) -> Drain:
        args = self._args
        digest = machine.digest(node, args.plan.settings, host_key(node.name, args.plan.settings))
        own = DrainArgs(
            plan=args.plan,
            node=node,
            causes=drain.causes(node, args.plan, args.services, digest),
            connection=self.by_name[args.plan.masters[0].name].connection,
            behind=behind,
            last=args.roll.existing[node.name].drained if node.name in args.roll.existing else {},
        )
        return Drain(f"{node.name}-drain", own, pulumi.ResourceOptions(parent=self._parent))
