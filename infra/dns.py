"""DNS: a small resolver on each node sends the cluster's names to Consul, and all others on.

The distribution's own dnsmasq, not a container: names resolve while docker starts, there is no official image
of it, and its security fixes come with the system's.
"""

from infra.consul import DNS_PORT
from infra.container import SECONDS
from infra.plan import Node, Plan
from infra.steps import File, Service, Step
from infra.templates import render

_CONFIG = "etc/dnsmasq.d/apollo.conf"
_JOBS = {"systemd": "etc/systemd/system/dns.service", "upstart": "etc/init/dns.conf"}
_RESOLVER = 2
"""The VPC's own resolver is the VPC's base address plus two (VPC User Guide, "Amazon DNS server")."""


def search_domains(plan: Plan) -> tuple[str, ...]:
    """Where containers look for short names, in turn; none where no service answers on the bridge's address."""
    return (f"service.{plan.settings.consul_domain}",) if "dns" in plan.settings.services else ()


def _forwarders(plan: Plan) -> list[str]:
    vpc = str(plan.settings.vpc_cidr[_RESOLVER])
    return [vpc if name == "vpc" else name for name in plan.settings.dns_forwarders]


def _steps(node: Node, plan: Plan) -> tuple[Step, ...]:
    settings = plan.settings
    config = render(
        f"dns/{_CONFIG}", node=node, domain=settings.consul_domain, port=DNS_PORT, forwarders=_forwarders(plan)
    )
    job = _JOBS[settings.system.init]
    return (
        Step(
            name="dns",
            after=("join", "consul"),
            files=(
                File(path=f"/{_CONFIG}", content=config),
                File(path=f"/{job}", content=render(f"dns/{job}", config=f"/{_CONFIG}")),
            ),
            apply=render(
                "dns/dns.sh", init=settings.system.init, domain=settings.consul_domain, config=f"/{_CONFIG}"
            ),
            check=render("dns/dns.check.sh", health=_health(node, plan), seconds=SECONDS),
        ),
    )


def _health(node: Node, plan: Plan) -> str:
    return render("dns/health.sh", node=node, domain=plan.settings.consul_domain)


def _undo(node: Node, plan: Plan) -> str:
    del node, plan
    return render("dns/undo.sh")


DNS = Service(name="dns", steps=_steps, needs=("consul",), health=_health, undo=_undo)
