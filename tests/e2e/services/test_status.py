"""`make status` on a cluster with services, and what bringing it up needed of the API."""

import yaml

from bench.workspace import ProjectCopy
from sandbox.cloud.permissions import TAGGING
from sandbox.home import PROJECT
from sandbox.providers.aws.provider import KINDS
from tests.e2e.hosts.cluster import until


def test_status_names_the_service_that_is_down_and_the_node(cluster: ProjectCopy) -> None:
    # consul-template starts HAProxy again when an entry of an earlier test has changed at this moment.
    for _ in range(3):
        cluster.on("slave-1", "sudo systemctl stop haproxy")
        said = cluster.make("status", check=False)
        if said.returncode:
            break
    cluster.on("slave-1", "sudo systemctl start haproxy")
    assert said.returncode != 0
    assert "slave-1: haproxy does not answer on http://" in said.stdout
    assert said.stdout.count("FAILS") == 1
    until(cluster.well, "the cluster is well again")


PRIVATE = ["aws:ec2/eip:Eip", "aws:ec2/natGateway:NatGateway"]
"""What only a cluster of the private topology has."""


def test_the_recorded_actions_contain_one_that_creates_for_each_kind_of_resource(cluster: ProjectCopy) -> None:
    used = set(cluster.run(".venv/bin/python", "-m", "sandbox", "actions").stdout.split())
    table = yaml.safe_load((PROJECT / "docs/aws-actions.yaml").read_text())
    creates = {kind: set(table[kind]["create"]) - set(TAGGING.values()) for kind in KINDS}
    assert [kind for kind, actions in creates.items() if not used & actions] == PRIVATE
    log = (cluster.folder / ".sandbox/log/cloud.log").read_text()
    assert "not authorized" not in log, "the policy refused something that bringing the cluster up tried"
