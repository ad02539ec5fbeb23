"""The services' own pages: where each is, inside; nobody reaches them from outside but through `make tunnel`."""

from collections.abc import Mapping, Sequence

from infra.plan.plan import Plan, Role
from infra.services import consul, haproxy, marathon, mesos, scope

_PAGES: Mapping[str, tuple[Role, int, str]] = {
    "consul": ("master", consul.HTTP_PORT, "/ui/"),
    "mesos": ("master", mesos.MASTER_PORT, "/"),
    "marathon": ("master", marathon.HTTP_PORT, "/ui/"),
    "haproxy": ("slave", haproxy.STATS_PORT, "/"),
    "scope": ("master", scope.PORT, "/"),
}
"""By service: on whose nodes, at which port of their private address, under which path."""


def urls(plan: Plan) -> dict[str, list[str]]:
    """By service of this stack, its page on each node that has one."""
    nodes: Mapping[Role, Sequence[object]] = {
        "master": [node.private_address for node in plan.masters],
        "slave": [node.private_address for node in plan.slaves],
    }
    return {
        name: [f"http://{address}:{port}{path}" for address in nodes[role]]
        for name, (role, port, path) in _PAGES.items()
        if name in plan.settings.services
    }
