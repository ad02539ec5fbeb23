"""The cluster's own services in Consul's catalog, where its users find them beside their own."""

from collections.abc import Mapping
from typing import Any

from infra.plan.plan import Node, Plan
from infra.services import consul
from infra.steps.step import File, Step
from infra.steps.templates import render

OWN = "apollo"
"""The tag of the cluster's own services: HAProxy shows none of them to the outside."""


def entry(name: str, node: Node, plan: Plan, *, port: int, check: Mapping[str, Any]) -> tuple[Step, ...]:
    """The step that registers this node's `name`, behind the step of that name; none in a cluster without Consul.

    `check` is what Consul tries every 10 s: {"http": URL} or {"args": [COMMAND, ...]}.
    """
    if "consul" not in plan.settings.services:
        return ()
    definition = {
        "address": str(node.private_address),
        "port": port,
        "tags": [OWN],
        "checks": [{"name": f"{name} health", "interval": "10s", "timeout": "5s", **check}],
    }
    return (registration(name, plan, definition, after=name),)


def registration(name: str, plan: Plan, service: Mapping[str, Any], *, after: str) -> Step:
    """A step that registers a service of the cluster's own on its node.

    `service` is Consul's service definition without its name and token, such as
    {"address": ..., "port": 5050, "checks": [{"http": ..., "interval": "10s"}]}.
    """
    token = plan.settings.consul_agent_token.get_secret_value()
    definition = {"service": {"name": name, **service, "token": token}}
    return Step(
        name=f"{name}-registration",
        after=("consul", after),
        secret=File(path=f"{consul.FOLDER}/service-{name}.json", content=consul.to_json(definition), mode="0600"),
        # A reload reads the folder anew, and needs no token.
        errors=render("consul/registration.errors.sh"),
        apply=render("consul/registration.apply.sh"),
    )
