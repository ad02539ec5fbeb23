"""DNS: a small resolver on each node sends the cluster's names to who knows them, and all others on.

The distribution's own dnsmasq, not a container: names resolve while docker starts, there is no official image
of it, and its security fixes come with the system's. The config key `dns` says by whose names containers find
each other: Consul's, or the Weave router's, to which a program of this project tells them.
"""

from collections.abc import Iterator

from infra.config.settings import Settings
from infra.plan import addressing
from infra.plan.plan import Node, Plan
from infra.services import consul, weave
from infra.steps.container import SECONDS
from infra.steps.step import File, Service, Step
from infra.steps.templates import render

_CONFIG = "etc/dnsmasq.d/apollo.conf"
_JOBS = {"systemd": "etc/systemd/system/{}.service", "upstart": "etc/init/{}.conf"}
_NAMES = "weave-names"
_PROGRAM = f"usr/local/bin/{_NAMES}"
_RESOLVER = 2
"""The VPC's own resolver is the VPC's base address plus two (VPC User Guide, "Amazon DNS server")."""


def problems(settings: Settings) -> Iterator[str]:
    """One domain for two servers, of which only one would be asked."""
    domain = settings.consul_domain
    if settings.dns == "weave" and "consul" in settings.services and domain == weave.DOMAIN:
        yield f"consulDomain is {domain}, which is the routers' with dns: weave: choose another, such as consul"


def search_domains(plan: Plan) -> tuple[str, ...]:
    """Where containers look for short names, in turn; none where no service answers on the bridge's address."""
    settings = plan.settings
    if "dns" not in settings.services:
        return ()
    routers = (weave.DOMAIN,) if settings.dns == "weave" else ()
    return (*routers, f"service.{settings.consul_domain}") if "consul" in settings.services else routers


def _zones(settings: Settings) -> dict[str, int]:
    """The domains that are not the forwarders', and on which port of loopback each one's server listens."""
    zones = {settings.consul_domain: consul.DNS_PORT} if "consul" in settings.services else {}
    if settings.dns == "weave":
        for zone in (weave.DOMAIN, *addressing.reverse_zones(settings.weave_cidr)):
            zones[zone] = weave.DNS_PORT
    return zones


def _forwarders(plan: Plan) -> list[str]:
    vpc = str(plan.settings.vpc_cidr[_RESOLVER])
    return [vpc if name == "vpc" else name for name in plan.settings.dns_forwarders]


def _job(name: str, plan: Plan, **values: object) -> File:
    path = _JOBS[plan.settings.system.init].format(name)
    return File(path=f"/{path}", content=render(f"dns/{path}", **values))


def _resolver(node: Node, plan: Plan) -> Step:
    zones = _zones(plan.settings)
    config = render(f"dns/{_CONFIG}", node=node, zones=zones, forwarders=_forwarders(plan))
    return Step(
        name="dns",
        after=("weave-peers", "consul", _NAMES),
        files=(File(path=f"/{_CONFIG}", content=config), _job("dns", plan, config=f"/{_CONFIG}")),
        errors=render("dns/dns.errors.sh", config=f"/{_CONFIG}"),
        apply=render("dns/dns.apply.sh", zones=zones, config=f"/{_CONFIG}"),
        check=render("dns/dns.check.sh", health=_health(node, plan), seconds=SECONDS),
    )


def _names(node: Node, plan: Plan) -> Step:
    program = render(f"dns/{_PROGRAM}", node=node, domain=weave.DOMAIN)
    return Step(
        name=_NAMES,
        after=("weave-peers",),
        files=(File(path=f"/{_PROGRAM}", content=program, mode="0755"), _job(_NAMES, plan, domain=weave.DOMAIN)),
        apply=render("dns/weave-names.apply.sh", name=_NAMES),
    )


def _health(node: Node, plan: Plan) -> str:
    known = {f"{node.name}.{weave.DOMAIN}": [_NAMES, "weave"]} if plan.settings.dns == "weave" else {}
    if "consul" in plan.settings.services:
        known[f"consul.service.{plan.settings.consul_domain}"] = ["consul"]
    return render("dns/health.sh", node=node, known=known)


def _undo(node: Node, plan: Plan) -> str:
    del node, plan
    return render("dns/undo.sh")


BY_CONSUL = Service(
    name="dns",
    when=lambda settings: settings.dns == "consul",
    steps=lambda node, plan: (_resolver(node, plan),),
    needs=("consul",),
    health=_health,
    undo=_undo,
)
BY_WEAVE = Service(
    name="dns",
    when=lambda settings: settings.dns == "weave",
    steps=lambda node, plan: (_names(node, plan), _resolver(node, plan)),
    health=_health,
    undo=_undo,
)
