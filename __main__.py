"""The cluster as a Pulumi program: load, plan, choose, build, export."""

import asyncio
import signal

import pulumi

from infra.config.settings import Settings
from infra.plan.plan import Plan
from infra.resources.cluster import Cluster, ClusterArgs
from infra.services import dns, pages
from infra.services import registry as services


async def main() -> pulumi.Inputs:
    settings = Settings.load()
    plan = Plan.of(settings)
    chosen = services.chosen(settings)
    for note in services.notes(plan, chosen):
        pulumi.log.info(note)
    cluster = Cluster(pulumi.get_project(), ClusterArgs(plan=plan, services=chosen, stack=pulumi.get_stack()))
    # The SDK waits for all that is outstanding at the program's end, in a time that grows with the square of it.
    await asyncio.gather(*(gate.urn.future() for gate in cluster.gates), return_exceptions=True)
    return {
        "nodes": cluster.nodes,
        "login": settings.login,
        "weave": {"cidr": str(settings.weave_cidr), "mtu": settings.weave_mtu},
        "services": list(settings.services),
        "domain": settings.domain,
        "consulDomain": settings.consul_domain,
        "searchDomains": list(dns.search_domains(plan)),
        "loadBalancer": cluster.balancer,
        "uiUrls": pages.urls(plan),
    }


if __name__ == "__main__":
    # This is how the CLI stops a program: without a trace of Python's.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
pulumi.run(main)
