"""What every node needs before its first service: packages, the kernel's settings, a way in for the admins."""

from infra.plan.plan import Node, Plan
from infra.steps.step import File, Port, Service, Step
from infra.steps.templates import render

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
    "sysctl": "procps",
    # the program alone, without a unit of its own that would take port 53 of every address
    "dnsmasq": "dnsmasq-base",
}

_SYSCTL = "etc/sysctl.d/90-apollo.conf"


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    del node, plan
    return (
        Step(
            name="base-packages",
            errors=render("base/base-packages.errors.sh"),
            apply=render("base/base-packages.apply.sh", packages=_PACKAGES.items()),
        ),
        Step(
            name="base-sysctl",
            after=("base-packages",),
            files=(File(path=f"/{_SYSCTL}", content=render(f"base/{_SYSCTL}")),),
            apply=f"sysctl --quiet --load=/{_SYSCTL}",
        ),
    )


BASE = Service(
    name="base",
    steps=_steps,
    ports=(Port(name="ssh", port=22, source="admins", description="SSH from adminCidrs"),),
)
