"""Scaling in: who is planned no longer leaves Mesos and Consul, before its instance goes."""

from infra.plan.plan import Plan
from infra.services import consul, mesos
from infra.steps.step import Step
from infra.steps.templates import render

_SECONDS = 60
"""How long the tasks of who leaves may take to run elsewhere; where there is no room they never do."""


def step(plan: Plan, *, seconds: int = _SECONDS) -> Step | None:
    """The step of the first master that sees who leaves; None where there is nothing to leave.

    Its text names all who stay, so it runs whenever somebody comes or goes, and asks Mesos and Consul who else is
    there. So it knows a node that a run before this one was cut off over, too.
    """
    if not {"mesos", "consul"} & set(plan.settings.services):
        return None
    ports = {
        "mesos_port": mesos.MASTER_PORT if "mesos" in plan.settings.services else None,
        "consul_port": consul.HTTP_PORT if "consul" in plan.settings.services else None,
    }
    return Step(
        name="scale-in",
        errors=render("scale-in/scale-in.errors.sh", **ports),
        apply=render(
            "scale-in/scale-in.apply.sh",
            nodes=plan.nodes,
            masters=plan.masters,
            secrets=consul.SECRETS,
            seconds=seconds,
            **ports,
        ),
    )
