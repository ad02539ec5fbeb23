"""The cluster's own services in Consul's catalog, where its users find them beside their own."""

from collections.abc import Mapping
from typing import Any

from infra import consul
from infra.plan import Node, Plan
from infra.steps import Step

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
    return (consul.registration(name, plan, definition, after=name),)
