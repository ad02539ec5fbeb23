"""The steps of each node: those of its services, the leftovers and the gate, in an order that they can run in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from infra.config.complaints import did_you_mean
from infra.plan.plan import Node, Plan
from infra.services import container_firewall, gate, leftovers
from infra.steps.service import Service
from infra.steps.step import Step


def by_node(plan: Plan, services: Sequence[Service], offered: Collection[Service]) -> dict[str, tuple[Step, ...]]:
    """By node name; the gate is last. `services` run in this stack, `offered` are all that a stack may choose from.

    Raises ValueError when a step comes after one that no service has, or a node has two steps of one name.
    """
    every = {node.name: tuple(leftovers.every_step(node, plan, offered)) for node in plan.nodes}
    made = {node.name: _made(node, plan, services, every[node.name]) for node in plan.nodes}
    known = {step.name for steps in (*every.values(), *map(dict.values, made.values())) for step in steps}
    return {node: tuple(_in_order(node, named, known)) for node, named in made.items()}


def up_to(steps: Sequence[Step], name: str) -> frozenset[str]:
    """The names of a step and of all that come before it; `steps` are in an order in which they can run."""
    found = {name}
    for step in reversed(steps):
        if step.name in found:
            found.update(step.after)
    return frozenset(found)


def _made(node: Node, plan: Plan, services: Sequence[Service], every: Sequence[Step]) -> dict[str, Step]:
    """The steps of one node by name, in no order; `every` are those of all services that the project offers."""
    here = [service for service in services if node.role in service.roles]
    named: dict[str, Step] = {}
    owners: dict[str, str] = {}
    for service in here:
        for step in service.steps(node, plan):
            if step.name in named:
                raise ValueError(
                    f"{node.name} has two steps {step.name}, of {owners[step.name]} and of {service.name}: rename one"
                )
            named[step.name], owners[step.name] = step, service.name
    firewall = container_firewall.step(node, plan, services)
    named[firewall.name] = firewall
    healths = {service.name: text for service in here if (text := service.health(node, plan))}
    healths[container_firewall.NAME] = container_firewall.health()
    if stale := leftovers.step(every, named.values()):
        named[stale.name] = stale
    last = gate.step(node, plan, healths, named.values())
    return {**named, last.name: replace(last, after=tuple(named))}


def _in_order(node: str, named: Mapping[str, Step], known: Collection[str]) -> Iterator[Step]:
    for step in named.values():
        for other in step.after:
            if other not in known:
                raise ValueError(
                    f"{node}: step {step.name} comes after {other}, which no service has{did_you_mean(other, known)}"
                )
    # A step of a service that this stack does not run is not waited for.
    after = {name: tuple(other for other in step.after if other in named) for name, step in named.items()}
    earlier: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter(after).static_order():
        implied = frozenset[str]().union(*(earlier[other] for other in after[name]))
        earlier[name] = implied.union(after[name])
        # Pulumi compares, sends and stores every dependency, so one that follows from another is left out.
        yield replace(named[name], after=tuple(other for other in after[name] if other not in implied))
