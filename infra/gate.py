"""The gate: a node is up when its containers reach the masters, and not before."""

from infra.plan import Node, Plan
from infra.steps import Service, Step
from infra.templates import render

PROBE = "apollo/probe:1"
"""The image that the gate and `make status` try the network with: busybox, made on the node."""

_SECONDS = 300
"""How long a node waits for a master: a machine of EC2 takes a minute or two to its first login."""


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    return (
        Step(
            name="gate",
            after=("join",),
            apply=render("gate/gate.sh", probe=PROBE),
            check=render("gate/gate.check.sh", node=node, masters=plan.masters, probe=PROBE, seconds=_SECONDS),
        ),
    )


GATE = Service(name="gate", steps=_steps)
