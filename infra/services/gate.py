"""The gate: a node is up only when its containers reach the masters and its services are healthy."""

from collections.abc import Mapping

from infra.plan.plan import Node, Plan
from infra.steps.step import Step, file
from infra.steps.templates import render

PROBE = "apollo/probe:1"
"""The image that the gate and `make status` test the network with: busybox, made on the node."""

HEALTH = "/usr/local/bin/apollo-health"
"""Prints a line for each service of its node: SERVICE=ok or SERVICE=PROBLEM."""

_SECONDS = 300
"""How long a node waits for a master: an EC2 instance takes a minute or two until its first login."""


def step(node: Node, plan: Plan, healths: Mapping[str, str], *, seconds: int = _SECONDS) -> Step:
    """The last step of the node; `healths` has the shell of `health` for each service of the node, by name.

    It waits up to `seconds` for each of the masters, the containers' network and the services.
    """
    return Step(
        name="gate",
        title="Wait until the node is connected and its services are healthy",
        files=(file("gate", HEALTH, "0755", healths=healths),),
        apply=render("gate/gate.apply.sh", probe=PROBE),
        check=render(
            "gate/gate.check.sh",
            node=node,
            masters=plan.masters,
            encrypted=plan.settings.weave_encryption == "required",
            probe=PROBE,
            seconds=seconds,
            health=HEALTH,
        ),
    )
