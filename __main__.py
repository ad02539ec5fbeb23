"""The cluster as a Pulumi program: load, plan, choose, build, export."""

import pulumi

from infra.config.settings import Settings
from infra.plan.plan import Plan
from infra.resources.cluster import Cluster, ClusterArgs
from infra.services import dns, pages
from infra.services import registry as services

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
