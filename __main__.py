"""The cluster as a Pulumi program: load, plan, choose, build, export, wait."""

import asyncio
import gc
import signal

import pulumi

from infra.config.settings import Settings
from infra.plan import consistency, names, topology
from infra.plan.plan import Plan
from infra.plan.roll import Roll
from infra.resources.cluster import Cluster, ClusterArgs
from infra.resources.past import OUTPUT, Past
from infra.services import registry as services


async def main() -> None:
    settings = Settings.load()
    plan = Plan.of(settings)
    chosen = services.chosen(settings)
    past = await Past.read()
    topology.check(settings, past.topology, past.vpc_id)
    consistency.require_login(settings, past.login_keys)
    roll = Roll.of(plan, past.existing)
    for note in (*consistency.notes(settings), *services.notes(plan, chosen), *roll.notes()):
        pulumi.log.info(note)
    args = ClusterArgs(plan=plan, services=chosen, stack=pulumi.get_stack(), past=past, roll=roll)
    cluster = Cluster(pulumi.get_project(), args)
    pulumi.export("nodes", cluster.nodes)
    pulumi.export(OUTPUT, cluster.made)
    pulumi.export("bastion", cluster.bastion)
    pulumi.export("topology", settings.topology)
    pulumi.export("vpcId", settings.vpc_id)
    pulumi.export("sshKeys", list(settings.login_keys))
    pulumi.export("weave", {"cidr": str(settings.weave_cidr), "mtu": settings.weave_mtu})
    pulumi.export("services", list(settings.services))
    pulumi.export("domain", settings.domain)
    pulumi.export("consulDomain", settings.consul_domain)
    pulumi.export("searchDomains", list(names.search_domains(settings)))
    pulumi.export("loadBalancer", cluster.load_balancer_name)
    pulumi.export("serviceUrl", services.service_url(settings, chosen))
    pulumi.export("dnsRecord", f"*.{settings.domain}" if settings.hosted_zone else "")
    pulumi.export("uiUrls", services.ui_urls(plan, chosen))
    # At the program's end the SDK waits for everything outstanding, and that takes time quadratic in its number.
    await asyncio.gather(*(gate.urn.future() for gate in cluster.gates), return_exceptions=True)


if __name__ == "__main__":
    # The CLI stops a program by this signal; Python would print a trace for it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Nearly all objects of the program live until it ends, so a search for garbage costs much and finds little.
    gc.disable()
pulumi.run(main)
