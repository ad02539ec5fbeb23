"""Drain: a slave is out of use before something interrupts its traffic, and in use again afterwards."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import SecretStr

from infra.plan.host_keys import host_key
from infra.plan.plan import Node, Plan
from infra.services import catalog, consul, consul_access, marathon, mesos, weave
from infra.steps.service import BALANCER_CHECK, Service
from infra.steps.step import File, Step, file
from infra.steps.templates import render

COMMAND = "apollo-drain"
"""Runs on a master, and works through the APIs of Consul, Mesos and Marathon: a dead slave cannot block it."""


_STEADY = {"weave_mtu": 1376, "weave_password": SecretStr("")}
"""What the router changes on all nodes at once, without a drain."""


@dataclass(frozen=True, kw_only=True)
class Causes:
    """What interrupts the traffic of a slave, and which of that stops its containers: digests by step name."""

    traffic: Mapping[str, str]
    containers: Mapping[str, str]


def applies(node: Node, plan: Plan) -> bool:
    """Whether this node is drained: what HAProxy and the masters have to know of a drained slave is in Consul."""
    return node.role == "slave" and plan.settings.runs("consul")


def causes(node: Node, plan: Plan, services: Sequence[Service], machine: str) -> Causes:
    """`machine` is a digest of all that stops or replaces the node's instance."""
    steady = replace(plan, settings=plan.settings.model_copy(update=_STEADY))
    here = [service for service in services if node.role in service.roles]
    routers = [step for service in here for step in service.steps(node, steady) if step.name == weave.ROUTER]
    others = [step for service in here for step in service.steps(node, plan) if step.name != weave.ROUTER]
    steps = routers + others
    own = {"instance": machine[:16]}
    traffic = {step.name: _digest(step, node, plan) for step in steps if step.interrupts != "nothing"}
    stopped = {step.name for step in steps if step.interrupts == "containers"}
    return Causes(
        traffic=own | traffic, containers=own | {name: traffic[name] for name in traffic if name in stopped}
    )


def _digest(step: Step, node: Node, plan: Plan) -> str:
    """Of what makes the step apply again; with a key, so that nobody can guess its secret."""
    files = [*step.files, *([step.secret] if step.secret else [])]
    content = "\0".join([step.digest, *(f"{file.path} {file.mode} {file.content}" for file in files)])
    return hmac.digest(host_key(node.name, plan.settings).private.encode(), content.encode(), "sha256").hex()[:16]


def script(verb: str, node: Node, plan: Plan, why: Mapping[str, str]) -> str:
    """The master's remote command for the slave; what it prints ends with a line that no other run prints."""
    return render("drain/run.sh", verb=verb, node=node, why=why, command=COMMAND, seconds=seconds_most(plan))


def seconds_most(plan: Plan) -> int:
    """The bound of a step that drains: several waits of `drainSeconds`, one after another."""
    return 900 + 5 * plan.settings.drain_seconds


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    # The management token is on the first master alone.
    if node != plan.masters[0] or not plan.settings.runs("consul"):
        return ()
    return (
        Step(
            name="drain",
            title="Install the command that takes slaves out of use",
            after=("base-packages",),
            files=(_command(node, plan),),
        ),
    )


def _command(node: Node, plan: Plan) -> File:
    runs = plan.settings.runs
    return file(
        "drain",
        f"/usr/local/bin/{COMMAND}",
        "0755",
        node=node,
        own=catalog.OWN,
        seconds=plan.settings.drain_seconds,
        balancer_seconds=BALANCER_CHECK.decided_seconds,
        management_token=consul_access.management_token(),
        consul_port=consul.HTTP_PORT,
        mesos_port=mesos.MASTER_PORT if runs("mesos") else None,
        marathon_port=marathon.HTTP_PORT if runs("marathon") else None,
        front=runs("haproxy"),
    )


DRAIN = Service(name="drain", steps=_steps, roles=("master",))
