"""What every node needs before its first service: packages, and a way in for the admins."""

from infra.plan import Node, Plan
from infra.steps import Port, Service, Step
from infra.templates import render

# A baked image that has a command by whatever package needs no download.
_PACKAGES = {
    "dockerd": "docker.io",
    "ifup": "ifupdown",
    "ip": "iproute2",
    "iptables": "iptables",
    "ethtool": "ethtool",
    "curl": "curl",
    "busybox": "busybox-static",
    "modprobe": "kmod",
    # the program alone, without a unit of its own that would take port 53 of every address
    "dnsmasq": "dnsmasq-base",
}


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    del node, plan
    return (Step(name="packages", apply=render("base/packages.sh", packages=_PACKAGES.items())),)


BASE = Service(
    name="base",
    steps=_steps,
    ports=(Port(name="ssh", port=22, source="admins", description="SSH from adminCidrs"),),
)
