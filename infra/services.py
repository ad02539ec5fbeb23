"""The registry: the services of the cluster, one line each."""

from graphlib import TopologicalSorter

from infra.base import BASE
from infra.docker import DOCKER
from infra.gate import GATE
from infra.plan import Node, Plan
from infra.steps import Port, Service, Step
from infra.weave import WEAVE

SERVICES: tuple[Service, ...] = (BASE, WEAVE, DOCKER, GATE)


def ports() -> tuple[Port, ...]:
    return tuple(port for service in SERVICES for port in service.ports)


def steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    """All that is done on this node, each step behind those that it comes after."""
    named = {step.name: step for service in SERVICES for step in service.steps(node, plan)}
    order = TopologicalSorter({name: step.after for name, step in named.items()})
    return tuple(named[name] for name in order.static_order())
