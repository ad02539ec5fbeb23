"""A cluster in a network that exists: what it makes there, and that nothing is made where the config is wrong."""

from functools import cache

import pytest
from pulumi import RunError

from tests.unit.existing import SUBNETS, VPC, answers, existing, subnet_id
from tests.unit.program import Recording, config, launch

ZONES = [f"eu-west-1{letter}" for letter in "abc"]
RESERVATION = "aws:ec2/subnetCidrReservation:SubnetCidrReservation"
OF_THE_NETWORK = {
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
}


@cache
def launched(topology: str) -> Recording:
    return launch(config(**existing(topology)), network=answers())


@pytest.mark.parametrize("topology", ["public", "private"])
def test_nothing_of_the_network_is_made_or_changed(topology: str) -> None:
    made = {type_ for type_, _ in launched(topology).resources}
    assert not made & OF_THE_NETWORK
    groups = launched(topology).of_type("aws:ec2/securityGroup:SecurityGroup")
    assert {group.inputs["vpcId"] for group in groups.values()} == {VPC}
    targets = launched(topology).of_type("aws:lb/targetGroup:TargetGroup")
    assert {each.inputs["vpcId"] for each in targets.values()} == {VPC}


@pytest.mark.parametrize("topology", ["public", "private"])
def test_nodes_are_in_the_subnets_of_their_zones_and_the_front_in_the_public_ones(topology: str) -> None:
    instances = launched(topology).instances
    nodes = [instances[name].inputs["subnetId"] for name in ("master-1", "master-2", "master-3", "slave-1")]
    assert nodes == [subnet_id(topology, letter) for letter in "abca"]
    assert instances["master-2"].inputs["privateIp"] == {"public": "10.9.4.5", "private": "10.9.68.5"}[topology]
    (balancer,) = launched(topology).of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert balancer.inputs["subnets"] == [subnet_id("public", letter) for letter in "abc"]
    if topology == "private":
        assert instances["bastion"].inputs["subnetId"] == subnet_id("public", "a")


@pytest.mark.parametrize("topology", ["public", "private"])
def test_the_planned_addresses_are_reserved_in_the_nodes_subnets(topology: str) -> None:
    reserved = launched(topology).of_type(RESERVATION)
    assert {(one.inputs["subnetId"], one.inputs["cidrBlock"]) for one in reserved.values()} == {
        (subnet_id(topology, letter), cidr.replace("/22", "/23")) for letter, cidr in SUBNETS[topology].items()
    }
    (balancer,) = launched(topology).of_type("aws:lb/loadBalancer:LoadBalancer").values()
    assert (reserved.keys() <= balancer.dependencies) == (topology == "public")


def test_a_preview_knows_every_line_that_nodes_will_get() -> None:
    unknown = launch(config(**existing("private")), network=answers(), first_preview=True)
    known = launched("private")
    assert {name: one.inputs.get("create") for name, one in unknown.commands.items()} == {
        name: one.inputs.get("create") for name, one in known.commands.items()
    }
    assert unknown.instances["slave-1"].inputs["subnetId"] == subnet_id("private", "a")


def test_the_outputs_name_the_vpc_and_a_cluster_that_runs_stays_in_it() -> None:
    assert launched("private").outputs["vpcId"] == VPC
    assert launch(config()).outputs["vpcId"] == ""
    with pytest.raises(RunError, match=f"vpcId is empty, and the cluster that runs is in {VPC}"):
        launch(config(topology="private"), after=launched("private"))
    with pytest.raises(RunError, match=f"vpcId is {VPC}, and the cluster that runs is in a VPC of its own"):
        launch(config(**existing()), network=answers(), after=launch(config()))


def test_all_that_differs_from_the_config_is_one_error_before_anything_is_made_there() -> None:
    other = answers(vpc={"cidrBlock": "10.8.0.0/15"}, private_b={"availabilityZone": "eu-west-1c"})
    made = Recording()
    with pytest.raises(RunError) as refused:
        launch(config(**existing("private")), network=other, into=made)
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("`pulumi config set vpcCidr 10.8.0.0/15`")
    assert lines[1].startswith(f"subnetIds.private.b is {subnet_id('private', 'b')}, which is in the zone eu-west-1c")
    assert {type_ for type_, _ in made.resources if type_.startswith("aws:")} == {"aws:ec2/keyPair:KeyPair"}


@pytest.mark.parametrize(
    ("lost", "shown"),
    [(VPC, f"vpcId is {VPC}, "), (subnet_id("public", "b"), f"subnetIds.public.b is {subnet_id('public', 'b')}, ")],
)
def test_a_vpc_or_a_subnet_that_can_t_be_read_is_named_by_its_key(lost: str, shown: str) -> None:
    rest = {name: found for name, found in answers().items() if name != lost}
    with pytest.raises(RunError) as refused:
        launch(config(**existing()), network=rest)
    assert str(refused.value).startswith(shown + "which can't be read in eu-west-1: name one of that region")
