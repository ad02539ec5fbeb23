"""The gate: a node is up only when its containers reach the masters and its services are healthy."""

import hmac
from collections.abc import Iterable, Iterator, Mapping

from infra.plan.host_keys import host_key
from infra.plan.plan import Node, Plan
from infra.steps.step import Step, file
from infra.steps.templates import render

PROBE = "apollo/probe:1"
"""The image that the gate and `make status` test the network with: busybox, made on the node."""

HEALTH = "/usr/local/bin/apollo-health"
"""Prints a line for each service of its node: SERVICE=ok or SERVICE=PROBLEM."""

_SECONDS = 300
"""How long a node waits for a master: an EC2 instance takes a minute or two until its first login."""


def step(
    node: Node, plan: Plan, healths: Mapping[str, str], steps: Iterable[Step] = (), *, seconds: int = _SECONDS
) -> Step:
    """The last step of the node; `healths` has the shell of `health` for each service of the node, by name.

    Its text has a digest of each of the node's other `steps`, so it runs again whenever one of them does. It waits up
    to `seconds` for each of the masters, the containers' network and the services.
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
            steps=list(_digests(steps, node, plan)),
        ),
    )


def _digests(steps: Iterable[Step], node: Node, plan: Plan) -> Iterator[tuple[str, str]]:
    """By step name, in no order but the names'; with a key, so that nobody can guess a step's secret from it."""
    key = host_key(node.name, plan.settings).private.encode()
    for step in sorted(steps, key=lambda step: step.name):
        content = step.script(node, plan.settings.system.init) + (step.secret.content if step.secret else "")
        yield step.name, hmac.digest(key, content.encode(), "sha256").hex()[:16]
