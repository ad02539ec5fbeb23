"""The gate: a node is up when its containers reach the masters and its services are well, and not before."""

from collections.abc import Mapping

from infra.plan.plan import Node, Plan
from infra.steps.step import File, Step
from infra.steps.templates import render

PROBE = "apollo/probe:1"
"""The image that the gate and `make status` try the network with: busybox, made on the node."""

HEALTH = "/usr/local/bin/apollo-health"
"""What says on a node how its services are: SERVICE=ok or SERVICE=PROBLEM, a line for each."""

_SECONDS = 300
"""How long a node waits for a master: a machine of EC2 takes a minute or two to its first login."""


def step(node: Node, plan: Plan, healths: Mapping[str, str], *, seconds: int = _SECONDS) -> Step:
    """The last step of the node; `healths` are the node's services, by name, with the shell of their `health`.

    It waits for each of the masters, the containers' network and the services for `seconds`.
    """
    return Step(
        name="gate",
        files=(File(path=HEALTH, content=render(f"gate{HEALTH}", healths=healths), mode="0755"),),
        apply=render("gate/gate.apply.sh", probe=PROBE),
        check=render(
            "gate/gate.check.sh", node=node, masters=plan.masters, probe=PROBE, seconds=seconds, health=HEALTH
        ),
    )
