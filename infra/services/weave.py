"""Weave: the bridge that docker uses on each node, and the router that joins the bridges into one network."""

from typing import Any

from infra.plan import names
from infra.plan.plan import Node, Plan
from infra.services import weave_binaries
from infra.steps.init_system import unit_path
from infra.steps.service import Port, Service
from infra.steps.step import Effect, File, Step, file
from infra.steps.templates import render

DNS_PORT = 6753
"""Of the router's DNS server, on loopback: port 53 is the node's resolver's."""

ROUTER = "weave-router"
"""The step after which a node's router has its password and its MTU."""

_BRIDGE_FILE = "/etc/network/interfaces.d/weave.cfg"
_COMMAND = "/usr/local/bin/weave"
_PEERS_FILE = "/etc/default/weave"


def _bridge(node: Node, plan: Plan) -> Step:
    settings = plan.settings
    values: dict[str, Any] = {"mtu": settings.weave_mtu, "fast_datapath": settings.weave_fast_datapath}
    return Step(
        name="weave-bridge",
        title="Make the bridge that docker uses",
        after=(weave_binaries.STEP,),
        files=(
            file("weave", _COMMAND, "0755", node=node, domain=names.ROUTER_DOMAIN, **values),
            file("weave", _BRIDGE_FILE, node=node),
        ),
        apply=render("weave/weave-bridge.apply.sh", node=node),
        check=render("weave/weave-bridge.check.sh", node=node),
        effects=(_interface(node, settings.weave_mtu),),
    )


def _interface(node: Node, mtu: int) -> Effect:
    bridge = node.bridge
    expected = (
        f"up, mac {node.bridge_mac}, mtu {mtu}",
        f"address {bridge}",
        f"route {bridge.network} proto kernel scope link src {bridge.ip}",
    )
    command = render("weave/interface.effect.sh")
    return Effect(name="bridge weave", command=command, expected="\n".join(expected) + "\n")


def _router(plan: Plan) -> Step:
    settings = plan.settings
    serves = names.routers_serve(settings) and settings.runs("dns")
    dns = f"127.0.0.1:{DNS_PORT}" if serves else ""
    # What the unit has and not only the command: a change restarts the router.
    values: dict[str, Any] = {"mtu": settings.weave_mtu, "fast_datapath": settings.weave_fast_datapath, "dns": dns}
    return Step(
        name=ROUTER,
        title="Run the router",
        # Not after docker: another MTU restarts all routers at once, and docker on one node after another.
        after=("weave-bridge",),
        files=(file("weave", unit_path(settings.system.init, "weave"), **values),),
        secret=File(path="/etc/weave/password", content=settings.weave_password.get_secret_value(), mode="0600"),
        apply=render("weave/weave-router.apply.sh"),
        check="weave ready",
        interrupts="traffic",
    )


def _peers(node: Node, plan: Plan) -> Step:
    """Separate from the router's own step: peers change while the router runs, without a restart."""
    peers = plan.peers(node)
    return Step(
        name="weave-peers",
        title="Connect the router to its peers",
        # What needs the network names this step alone, and needs docker on it.
        after=(ROUTER, "docker"),
        files=(file("weave", _PEERS_FILE, peers=peers),),
        apply=render("weave/weave-peers.apply.sh", peers=peers),
        effects=(
            Effect(
                name="peers that the router dials",
                command=render("weave/peers.effect.sh"),
                expected="".join(sorted(f"{peer.private_address}\n" for peer in peers)),
            ),
        ),
    )


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    return (weave_binaries.step(plan), _bridge(node, plan), _router(plan), _peers(node, plan))


WEAVE = Service(
    name="weave",
    steps=_steps,
    ports=(
        Port(name="weave-control", port=6783, description="weave: peers"),
        Port(name="weave-sleeve", protocol="udp", port=6783, description="weave: sleeve packets"),
        Port(name="weave-fastdp", protocol="udp", port=6784, description="weave: fast packets"),
        Port(name="weave-esp", protocol="50", port=None, description="weave: encrypted packets"),
    ),
)
