"""The cluster as a Pulumi program: load, plan, build, export."""

import pulumi

from infra.cluster import Cluster, ClusterArgs
from infra.plan import Plan
from infra.settings import Settings

settings = Settings.load()
plan = Plan.of(settings)
cluster = Cluster(pulumi.get_project(), ClusterArgs(plan=plan, stack=pulumi.get_stack()))

pulumi.export("nodes", cluster.nodes)
pulumi.export("login", settings.login)
pulumi.export("weave", {"cidr": str(settings.weave_cidr), "mtu": settings.weave_mtu})
