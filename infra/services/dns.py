"""DNS: a small resolver on each node sends the cluster's names to their server, and all other names on.

It is the distribution's dnsmasq, not a container: names resolve while docker starts, there is no official image of
it, and its security fixes come with the system's. The config key `dns` selects the names by which containers find
each other: Consul's, or the Weave router's, which `weave-names` registers there.
"""

from collections.abc import Mapping

from infra.plan import names
from infra.plan.names import ROUTER_DOMAIN
from infra.plan.plan import Node, Plan
from infra.services import consul, weave
from infra.steps.container import SECONDS
from infra.steps.init_system import unit_path
from infra.steps.service import Service
from infra.steps.step import Effect, Step, file
from infra.steps.templates import render

_CONFIG = "/etc/dnsmasq.d/apollo.conf"
_NAMES = "weave-names"
_PORTS: Mapping[names.Server, int] = {"consul": consul.DNS_PORT, "router": weave.DNS_PORT}
_RESOLVER = 2
"""The VPC's own resolver is the VPC's base address plus two (VPC User Guide, "Amazon DNS server")."""


def _forwarders(plan: Plan) -> list[str]:
    vpc = str(plan.settings.vpc_cidr[_RESOLVER])
    return [vpc if name == "vpc" else name for name in plan.settings.dns_forwarders]


def _resolver(node: Node, plan: Plan) -> Step:
    settings = plan.settings
    zones = {zone: _PORTS[server] for zone, server in names.zones(settings).items()}
    return Step(
        name="dns",
        title="Run the resolver of this node and its containers",
        after=("weave-peers", "consul", _NAMES),
        files=(
            file("dns", _CONFIG, node=node, zones=zones, forwarders=_forwarders(plan)),
            file("dns", unit_path(settings.system.init, "dns"), config=_CONFIG),
        ),
        errors=render("dns/dns.errors.sh", config=_CONFIG),
        apply=render("dns/dns.apply.sh", zones=zones, config=_CONFIG),
        check=render("dns/dns.check.sh", health=_health(node, plan), seconds=SECONDS),
        undo=render("dns/dns.undo.sh"),
        effects=(
            Effect(
                name="resolver of the node",
                command=render("dns/resolver.effect.sh", zones=zones),
                expected="nameserver 127.0.0.1\n",
            ),
        ),
    )


def _publisher(node: Node, plan: Plan) -> Step:
    return Step(
        name=_NAMES,
        title="Register the containers' names at the router",
        after=("weave-peers",),
        files=(
            file("dns", f"/usr/local/bin/{_NAMES}", "0755", node=node, domain=ROUTER_DOMAIN),
            file("dns", unit_path(plan.settings.system.init, _NAMES), domain=ROUTER_DOMAIN),
        ),
        apply=render("dns/weave-names.apply.sh", name=_NAMES),
    )


def _health(node: Node, plan: Plan) -> str:
    """For each server, a name that it always knows and the units whose logs explain a missing answer."""
    known = {}
    if names.routers_serve(plan.settings):
        known[f"{node.name}.{ROUTER_DOMAIN}"] = f"dns, {_NAMES}, weave"
    if plan.settings.runs("consul"):
        known[f"consul.service.{plan.settings.consul_domain}"] = "dns, consul"
    return render("dns/health.sh", node=node, known=known)


BY_CONSUL = Service(
    name="dns",
    steps=lambda node, plan: (_resolver(node, plan),),
    needs=("consul",),
    health=_health,
    applies=lambda settings: not names.routers_serve(settings),
)
BY_ROUTER = Service(
    name="dns",
    steps=lambda node, plan: (_publisher(node, plan), _resolver(node, plan)),
    health=_health,
    applies=names.routers_serve,
)
