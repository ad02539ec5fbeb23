"""The registry: the services of the cluster, one line each, and which of them a stack runs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from infra.config import rules as checks
from infra.config.settings import Settings, SettingsError
from infra.plan.plan import ROLES, Node, Plan
from infra.services import dns, gate, leftovers
from infra.services.base import BASE
from infra.services.consul import CONSUL
from infra.services.docker import DOCKER
from infra.services.haproxy import HAPROXY
from infra.services.marathon import MARATHON
from infra.services.mesos import MESOS
from infra.services.registrator import REGISTRATOR
from infra.services.scope import SCOPE
from infra.services.weave import WEAVE
from infra.services.zookeeper import ZOOKEEPER
from infra.steps.step import Port, Service, Step

NETWORK: tuple[Service, ...] = (BASE, WEAVE, DOCKER)
"""What every cluster is made of."""

OFFERED: tuple[Service, ...] = (
    CONSUL,
    dns.BY_CONSUL,
    dns.BY_WEAVE,
    REGISTRATOR,
    ZOOKEEPER,
    MESOS,
    MARATHON,
    HAPROXY,
    SCOPE,
)
"""What runs on it: the names that the config key `services` chooses from."""


def chosen(settings: Settings) -> tuple[Service, ...]:
    """The services of this stack; raises SettingsError where config names what can't be among them."""
    if problems := list(_problems(settings)):
        raise SettingsError("\n".join(problems))
    return NETWORK + tuple(service for name, service in _offered(settings).items() if name in settings.services)


def _offered(settings: Settings) -> dict[str, Service]:
    """By name, what is meant by it in this stack."""
    return {service.name: service for service in OFFERED if service.when(settings)}


def _problems(settings: Settings) -> Iterator[str]:
    offered = _offered(settings)
    for name in settings.services:
        if name not in offered:
            yield f"services has {name}{checks.meant(name, offered)}: choose from {', '.join(offered)}"
            continue
        missing = [need for need in offered[name].needs if need not in settings.services]
        if missing:
            yield f"services: {name} needs {' and '.join(missing)}: add what is missing, or take {name} off the list"
    images = {image for service in OFFERED for image in service.images}
    for name in settings.images:
        if name not in images:
            yield f"images has {name}{checks.meant(name, images)}: choose from {', '.join(sorted(images))}"
    yield from dns.problems(settings)


def notes(plan: Plan, services: Sequence[Service]) -> Iterator[str]:
    """What is allowed and still worth a word, a sentence each."""
    there = {node.role for node in plan.nodes}
    for service in services:
        for role in service.idle_without:
            if role not in there:
                yield f"{service.name} has nothing to do: there is no {role} ({role}Count makes some)"


def ports(services: Sequence[Service]) -> tuple[Port, ...]:
    return tuple(port for service in services for port in service.ports)


def steps(plan: Plan, services: Sequence[Service]) -> dict[str, tuple[Step, ...]]:
    """By node, all that is done on it: each step behind those that it comes after, and the gate behind all.

    Raises ValueError where a step comes after one that no service has, or a node has two steps of one name.
    """
    made = {node.name: _made(node, plan, services) for node in plan.nodes}
    known = _offered_steps(plan) | {name for named in made.values() for name in named}
    return {node: tuple(_in_order(node, named, known)) for node, named in made.items()}


def _made(node: Node, plan: Plan, services: Sequence[Service]) -> dict[str, Step]:
    """The steps of one node by name, in no order."""
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
    healths = {service.name: text for service in here if (text := service.health(node, plan))}
    if stale := leftovers.step(node, plan, OFFERED, named.values()):
        named[stale.name] = stale
    last = gate.step(node, plan, healths)
    return {**named, last.name: replace(last, after=tuple(named))}


def _offered_steps(plan: Plan) -> set[str]:
    """The names of the steps of all services, chosen or not."""
    everything = replace(plan, settings=leftovers.everything(plan.settings, OFFERED))
    nodes = [replace(plan.masters[0], role=role) for role in ROLES]
    return {
        step.name
        for node in nodes
        for service in OFFERED
        if node.role in service.roles
        for step in service.steps(node, everything)
    }


def _in_order(node: str, named: Mapping[str, Step], known: Collection[str]) -> Iterator[Step]:
    for step in named.values():
        for other in step.after:
            if other not in known:
                raise ValueError(
                    f"{node}: step {step.name} comes after {other}, which no service has{checks.meant(other, known)}"
                )
    # A service that a stack leaves out has no step to wait for.
    after = {name: tuple(other for other in step.after if other in named) for name, step in named.items()}
    for name in TopologicalSorter(after).static_order():
        yield replace(named[name], after=after[name])
