"""Scale-in: nodes that are no longer planned leave the load balancer, Mesos and Consul before they are terminated."""

from infra.plan.plan import Plan
from infra.services import consul, consul_access, drain, mesos
from infra.steps.step import Step
from infra.steps.templates import render

_SECONDS = 60
"""How long to wait for a leaving node's tasks to restart elsewhere. They never do when there is no capacity."""


def step(plan: Plan, *, seconds: int = _SECONDS) -> Step | None:
    """The step of the first master that removes nodes; None when the stack runs neither Mesos nor Consul.

    The script lists the planned nodes, so it runs again whenever the plan changes. It removes every other node that
    Mesos or Consul still knows, including one left over from an interrupted run. It waits up to `seconds` for a
    leader of Mesos, and as long for the tasks of the leaving nodes to run elsewhere. Leaving slaves are out of the
    load balancer first.
    """
    has_mesos, has_consul = plan.settings.runs("mesos"), plan.settings.runs("consul")
    if not (has_mesos or has_consul):
        return None
    ports = {
        "mesos_port": mesos.MASTER_PORT if has_mesos else None,
        "consul_port": consul.HTTP_PORT if has_consul else None,
    }
    return Step(
        name="scale-in",
        seconds=drain.seconds_most(plan),
        title="Remove nodes that are no longer planned from Mesos and Consul",
        errors=render("scale-in/scale-in.errors.sh", **ports),
        apply=render(
            "scale-in/scale-in.apply.sh",
            nodes=plan.nodes,
            masters=plan.masters,
            management_token=consul_access.management_token(),
            agent_token=consul.agent_token(),
            drain=drain.COMMAND,
            seconds=seconds,
            **ports,
        ),
    )
