"""The cluster as a Pulumi program: load, plan, choose, build, export."""

import pulumi

from infra import dns, pages, services
from infra.cluster import Cluster, ClusterArgs
from infra.plan import Plan
from infra.settings import Settings

settings = Settings.load()
plan = Plan.of(settings)
chosen = services.chosen(settings)
for note in services.notes(plan, chosen):
    pulumi.log.info(note)
cluster = Cluster(pulumi.get_project(), ClusterArgs(plan=plan, services=chosen, stack=pulumi.get_stack()))

pulumi.export("nodes", cluster.nodes)
pulumi.export("login", settings.login)
pulumi.export("weave", {"cidr": str(settings.weave_cidr), "mtu": settings.weave_mtu})
pulumi.export("services", list(settings.services))
pulumi.export("domain", settings.domain)
pulumi.export("consulDomain", settings.consul_domain)
pulumi.export("searchDomains", list(dns.search_domains(plan)))
pulumi.export("loadBalancer", cluster.balancer)
pulumi.export("uiUrls", pages.urls(plan))
