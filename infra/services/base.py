"""Base: what every node needs before its first service. Packages, kernel settings, SSH for the admins."""

from infra.plan.plan import Node, Plan
from infra.services import logins
from infra.steps.service import EVERY, PATH_MTU, Port, Service
from infra.steps.step import Effect, File, Step, file
from infra.steps.templates import render

# Keyed by command, so that an image that already has the command installs nothing. docker.io comes after them.
_PACKAGES = {
    "ifup": "ifupdown",
    "ip": "iproute2",
    "iptables": "iptables",
    "ethtool": "ethtool",
    "curl": "curl",
    "jq": "jq",
    "busybox": "busybox-static",
    "modprobe": "kmod",
    "sysctl": "procps",
    # The program alone: the package dnsmasq has a unit too, which would occupy port 53 on every address.
    "dnsmasq": "dnsmasq-base",
}

_SYSCTL = "/etc/sysctl.d/90-apollo.conf"


def _kernel(sysctl: File) -> Effect:
    """The settings of the file, as the kernel has them."""
    settings = [line for line in sysctl.content.splitlines() if "=" in line and not line.startswith("#")]
    keys = " ".join(line.partition(" ")[0] for line in settings)
    return Effect(name="kernel settings", command=f"sysctl {keys}", expected="\n".join(settings) + "\n")


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    del node
    sysctl = file("base", _SYSCTL)
    return (
        Step(
            name="base-packages",
            title="Install the packages that the other steps need",
            errors=render("base/base-packages.errors.sh"),
            apply=render("base/base-packages.apply.sh", packages=_PACKAGES.items()),
            effects=(
                Effect(name="commands", command=render("base/commands.effect.sh", commands=_PACKAGES), expected=""),
                Effect(
                    name="docker's image store", command=render("base/store.effect.sh"), expected="docker's own\n"
                ),
            ),
        ),
        Step(
            name="base-sysctl",
            title="Limit how long a connection to a dead node lasts",
            after=("base-packages",),
            files=(sysctl,),
            apply=f"sysctl --quiet --load={_SYSCTL}",
            effects=(_kernel(sysctl),),
        ),
        logins.step(plan.settings),
    )


BASE = Service(
    name="base",
    steps=_steps,
    ports=(
        Port(name="ssh", port=22, source="admins", description="SSH from adminCidrs"),
        Port(name="icmp", protocol="icmp", port=EVERY, description="icmp: ping and errors between nodes"),
        PATH_MTU,
    ),
)
