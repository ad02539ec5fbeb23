"""A cluster in a VPC and subnets that somebody else made: it uses them, and leaves them as they were."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from bench.workspace import NETWORK_ALONE, RANGES, VPC, ProjectCopy
from sandbox.home import REGION, STACK_CONFIG
from tests.e2e.conftest import cluster_copy
from tests.e2e.services.seen import ec2

pytestmark = pytest.mark.long
SUBNETS = {"public": f"{VPC}.224.0/22", "private": f"{VPC}.64.0/24"}
"""The second has no room for a reservation."""
CONFIG = {**NETWORK_ALONE, "topology": "private", "slaveCount": 1, "zones": ["b"]}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    with cluster_copy(tmp_path_factory, "existing", CONFIG) as project:
        project.run(".venv/bin/python", "-m", "sandbox", "start", "--with-cli")
        project.run(".venv/bin/python", "-m", "ops.init", "sandbox")
        yield project


@pytest.fixture(scope="module")
def theirs(cluster: ProjectCopy) -> Mapping[str, str]:
    """The ids of a VPC with a gateway, and of a subnet of each kind."""
    client = ec2(cluster)
    vpc = client.create_vpc(CidrBlock=RANGES["vpcCidr"])["Vpc"]["VpcId"]
    gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = client.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    client.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    made = {"vpc": str(vpc)}
    for kind, cidr in SUBNETS.items():
        subnet = client.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}b")["Subnet"]
        made[kind] = str(subnet["SubnetId"])
    client.associate_route_table(RouteTableId=table, SubnetId=made["public"])
    return made


def configure(cluster: ProjectCopy, **values: Any) -> None:
    file = cluster.folder / STACK_CONFIG
    stack = yaml.safe_load(file.read_text())
    stack["config"] |= {f"apollo:{key}": value for key, value in values.items()}
    file.write_text(yaml.safe_dump(stack))


def network(cluster: ProjectCopy, theirs: Mapping[str, str]) -> list[Any]:
    """All that is of the VPC itself, as its API has it."""
    client, own = ec2(cluster), [{"Name": "vpc-id", "Values": [theirs["vpc"]]}]
    attached = [{"Name": "attachment.vpc-id", "Values": [theirs["vpc"]]}]
    free = ("AvailableIpAddressCount",)
    subnets = client.describe_subnets(Filters=own)["Subnets"]
    return [
        client.describe_vpcs(VpcIds=[theirs["vpc"]])["Vpcs"],
        [{key: value for key, value in subnet.items() if key not in free} for subnet in subnets],
        client.describe_internet_gateways(Filters=attached)["InternetGateways"],
        client.describe_route_tables(Filters=own)["RouteTables"],
        client.describe_security_groups(Filters=own)["SecurityGroups"],
    ]


@pytest.fixture(scope="module")
def before(cluster: ProjectCopy, theirs: Mapping[str, str]) -> list[Any]:
    return network(cluster, theirs)


def test_a_range_that_is_not_the_subnets_own_is_refused_with_the_right_one(
    cluster: ProjectCopy, theirs: Mapping[str, str], before: list[Any]
) -> None:
    configure(
        cluster,
        vpcId=theirs["vpc"],
        subnetIds={kind: {"b": theirs[kind]} for kind in SUBNETS},
        subnetCidrs={"public": {"b": SUBNETS["public"]}, "private": {"b": f"{VPC}.68.0/24"}},
    )
    refused = cluster.pulumi("up", "--yes", check=False)
    assert refused.returncode != 0
    assert f"`pulumi config set --path subnetCidrs.private.b {SUBNETS['private']}`" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert network(cluster, theirs) == before


def test_up_launches_every_node_in_the_listed_subnets_and_makes_no_others(
    cluster: ProjectCopy, theirs: Mapping[str, str]
) -> None:
    configure(cluster, subnetCidrs={kind: {"b": cidr} for kind, cidr in SUBNETS.items()})
    assert "FAILS" not in cluster.make("up").stdout
    nodes = cluster.stack.nodes()
    assert {name: node.private_address for name, node in nodes.items()} == {
        "master-1": f"{VPC}.64.4",
        "slave-1": f"{VPC}.64.13",
    }
    assert not cluster.names("aws:ec2/vpc:Vpc") | cluster.names("aws:ec2/subnet:Subnet")
    found = ec2(cluster).describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    instances = [each for one in found["Reservations"] for each in one["Instances"]]
    places = {tag["Value"]: each["SubnetId"] for each in instances for tag in each["Tags"] if tag["Key"] == "Name"}
    assert places == {name: theirs["public" if name == "bastion" else "private"] for name in (*nodes, "bastion")}


def test_up_again_changes_nothing(cluster: ProjectCopy) -> None:
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", "--refresh")


def test_a_cluster_that_runs_stays_in_its_vpc(cluster: ProjectCopy) -> None:
    kept = (cluster.folder / STACK_CONFIG).read_text()
    configure(cluster, vpcId="", subnetIds={}, subnetCidrs={})
    refused = cluster.pulumi("preview", check=False)
    (cluster.folder / STACK_CONFIG).write_text(kept)
    assert refused.returncode != 0
    assert "vpcId is empty, and the cluster that runs is in vpc-" in refused.stdout


def test_destroy_leaves_the_network_as_it_was(
    cluster: ProjectCopy, theirs: Mapping[str, str], before: list[Any]
) -> None:
    cluster.make("destroy")
    assert not cluster.resources()
    assert network(cluster, theirs) == before
