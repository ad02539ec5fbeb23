"""The catalog: the cluster's own services, registered in Consul beside the services of the cluster's users."""

from collections.abc import Mapping
from typing import Any

from infra.plan.plan import Node, Plan
from infra.services import consul
from infra.steps.step import File, Step
from infra.steps.templates import render

OWN = "apollo"
"""The tag of the cluster's own services; HAProxy does not publish them."""


def registration(name: str, node: Node, plan: Plan, *, port: int, check: Mapping[str, Any]) -> tuple[Step, ...]:
    """The step that registers this node's `name`, after the step of that name; none in a cluster without Consul.

    `check` is what Consul tries: {"http": URL} or {"args": [COMMAND, ...]}, every 10 s unless it has an `interval`.
    """
    if not plan.settings.runs("consul"):
        return ()
    service = {
        "name": name,
        "address": str(node.private_address),
        "port": port,
        "tags": [OWN],
        "checks": [{"name": f"{name} health", "interval": "10s", "timeout": "5s", **check}],
        "token": plan.settings.consul_agent_token.get_secret_value(),
    }
    return (
        Step(
            name=f"{name}-registration",
            title=f"Register {name} in Consul",
            after=("consul", name),
            secret=File(
                path=f"{consul.FOLDER}/service-{name}.json", content=consul.to_json({"service": service}), mode="0600"
            ),
            # Consul reads its folder again when it reloads; that needs no token.
            errors=render("consul/registration.errors.sh"),
            apply=render("consul/registration.apply.sh"),
            undo=render("consul/registration.undo.sh"),
        ),
    )
