"""An existing network is planned from the config alone, and refused by key and value where AWS reports another."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from infra.config.settings import SettingsError, SubnetKind
from infra.plan import existing as checks
from infra.plan.existing import Subnet, Vpc
from tests.unit.existing import CIDR, SUBNETS, VPC, existing, subnet_id
from tests.unit.plans import plan


def test_nodes_have_their_offsets_in_the_subnets_that_the_config_lists() -> None:
    public, private = plan(**existing()), plan(**existing("private"))
    assert [str(node.private_address) for node in public.nodes] == [
        *("10.9.0.4", "10.9.4.5", "10.9.8.6"),
        *("10.9.0.13", "10.9.4.14"),
    ]
    assert [str(node.private_address) for node in private.nodes][:2] == ["10.9.64.4", "10.9.68.5"]
    assert public.public_subnets == {}
    assert {zone: str(cidr) for zone, cidr in private.public_subnets.items()} == {
        f"eu-west-1{letter}": cidr for letter, cidr in SUBNETS["public"].items()
    }


def test_zones_choose_among_the_subnets_in_their_own_order() -> None:
    two = {letter: SUBNETS["public"][letter] for letter in "bc"}
    ids = {letter: subnet_id("public", letter) for letter in "bc"}
    whole = plan(**existing(zones=["c", "b"], subnetIds={"public": ids}, subnetCidrs={"public": two}))
    assert [(node.zone[-1], str(node.private_address)) for node in whole.masters] == [
        ("c", "10.9.8.4"),
        ("b", "10.9.4.5"),
        ("c", "10.9.8.6"),
    ]


def _with(key: str, kind: str, **values: Any) -> dict[str, Any]:
    """A config whose subnets of a kind differ by zone letter; None leaves one out."""
    whole = existing("private")
    by_letter = {**whole[key][kind], **values}
    return {
        **whole,
        key: {**whole[key], kind: {letter: each for letter, each in by_letter.items() if each is not None}},
    }


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"vpcId": "my-vpc"}, "vpcId is my-vpc: name a VPC of yours (vpc- and 8 or 17 hex digits)"),
    (
        {"subnetIds": {"hidden": {"a": "subnet-0123abcd"}}},
        'subnetIds.hidden is {"a": "subnet-0123abcd"}: give each zone letter, below public or private, a subnet',
    ),
    (_with("subnetIds", "public", b="subnet-b"), "subnetIds.public.b is subnet-b: give each zone letter"),
    (
        _with("subnetCidrs", "private", b="10.9.68.1/22"),
        "subnetCidrs.private.b is 10.9.68.1/22 (did you mean 10.9.68.0/22?): give each zone letter",
    ),
    (_with("subnetCidrs", "private", b="10.9.68.0/29"), "subnetCidrs.private.b is 10.9.68.0/29: give"),
    (_with("subnetCidrs", "private", b="8.8.8.0/24"), "subnetCidrs.private.b is 8.8.8.0/24: give"),
    ({"subnetIds": existing()["subnetIds"]}, "subnetIds is set without vpcId: name the VPC, or remove subnetIds"),
    ({"subnetCidrs": existing()["subnetCidrs"]}, "subnetCidrs is set without vpcId: name the VPC, or remove"),
    (
        existing(subnetIds={}),
        "subnetIds.public has nothing for zone a, which zones lists: "
        "`pulumi config set --path subnetIds.public.a SUBNET`, or remove a from zones",
    ),
    (
        _with("subnetCidrs", "private", c=None),
        "subnetCidrs.private has nothing for zone c, which zones lists: "
        "`pulumi config set --path subnetCidrs.private.c RANGE`, or remove c from zones",
    ),
    (
        _with("subnetIds", "public", d="subnet-0123abcd"),
        "subnetIds.public has d, which zones does not list: add d to zones, or remove it here",
    ),
    (
        {**existing("private"), "topology": "public"},
        "subnetIds has private subnets, and topology is public: set topology private, or remove them",
    ),
    (
        existing("private", natGateways="zone"),
        f"natGateways is zone, and in {VPC} the way out is its owner's: remove natGateways",
    ),
    (
        _with("subnetCidrs", "private", b="10.9.64.0/23"),
        "subnetCidrs.private.b 10.9.64.0/23 overlaps subnetCidrs.private.a 10.9.64.0/22: set them apart",
    ),
    (
        _with("subnetCidrs", "private", b="10.2.4.0/22"),
        "subnetCidrs.private.b 10.2.4.0/22 overlaps weaveCidr 10.2.0.0/16: set them apart",
    ),
    (
        _with("subnetCidrs", "public", b="172.17.4.0/22"),
        "subnetCidrs.public.b 172.17.4.0/22 overlaps docker's range 172.17.0.0/16",
    ),
    (
        {**_with("subnetCidrs", "private", b="10.9.68.0/28"), "slaveCount": 3},
        "subnetCidrs.private.b 10.9.68.0/28 has no address for slave-3 (weave index 12): use a larger subnet",
    ),
    (
        existing(subnetCidrs={"public": {**SUBNETS["public"], "a": "10.9.0.0/23"}}),
        "subnetCidrs.public.a 10.9.0.0/23 has no addresses for the load balancer beside those of the nodes, and "
        "services has haproxy: use a subnet of a /22 or larger, or topology private, or remove haproxy",
    ),
]


@pytest.mark.parametrize(("changes", "answer"), REFUSED)
def test_config_that_contradicts_itself_is_refused_by_key_and_value(changes: dict[str, Any], answer: str) -> None:
    with pytest.raises(SettingsError) as refused:
        plan(**changes)
    assert answer in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {**_with("subnetCidrs", "private", b="10.9.68.0/28"), "slaveCount": 2},
        existing(subnetCidrs={"public": {**SUBNETS["public"], "a": "10.9.0.0/24"}}, services=[]),
        _with("subnetCidrs", "public", a="10.9.0.0/27"),
        existing(subnetCidrs={"public": {**SUBNETS["public"], "a": "10.77.0.0/22"}}),
    ],
    ids=["the last index fits", "no load balancer", "no nodes in it", "another range of the VPC"],
)  # fmt: skip
def test_subnets_of_any_size_and_range_will_do_as_long_as_the_nodes_fit(changes: dict[str, Any]) -> None:
    assert plan(**changes).nodes


def _found(**changes: Any) -> dict[SubnetKind, dict[str, Subnet]]:
    """As AWS reports it; `changes` are of the private subnet of zone a."""
    kinds: tuple[SubnetKind, ...] = ("public", "private")
    return {
        kind: {
            letter: Subnet(
                **{
                    "id": subnet_id(kind, letter),
                    "vpc_id": VPC,
                    "zone": f"eu-west-1{letter}",
                    "cidr": IPv4Network(cidr),
                    "public": kind == "public",
                    **(changes if (kind, letter) == ("private", "a") else {}),
                }
            )
            for letter, cidr in SUBNETS[kind].items()
        }
        for kind in kinds
    }


def _vpc(cidr: str = CIDR, *more: str, resolves: bool = True) -> Vpc:
    return Vpc(id=VPC, cidr=IPv4Network(cidr), cidrs=tuple(map(IPv4Network, (cidr, *more))), resolves=resolves)


A = subnet_id("private", "a")
DIFFERENCES: list[tuple[Vpc, dict[str, Any], list[str]]] = [
    (_vpc(), {}, []),
    (_vpc(CIDR, "10.10.0.0/16"), {}, []),
    (
        _vpc("10.8.0.0/15"),
        {},
        [f"vpcCidr is {CIDR}, and {VPC} has 10.8.0.0/15: `pulumi config set vpcCidr 10.8.0.0/15`"],
    ),
    (
        _vpc(CIDR, "10.2.128.0/17"),
        {},
        [f"weaveCidr 10.2.0.0/16 overlaps 10.2.128.0/17 of vpcId {VPC}: choose another weaveCidr"],
    ),
    (
        _vpc(resolves=False),
        {},
        [
            f"dnsForwarders has vpc, and vpcId {VPC} has no resolver: turn on its attribute enableDnsSupport, or "
            "list other resolvers"
        ],
    ),
    (
        _vpc(),
        {"vpc_id": "vpc-0123abcd"},
        [f"subnetIds.private.a is {A}, which is in vpc-0123abcd: name a subnet of vpcId {VPC}"],
    ),
    (
        _vpc(),
        {"zone": "eu-west-1b"},
        [f"subnetIds.private.a is {A}, which is in the zone eu-west-1b: name a subnet in eu-west-1a"],
    ),
    (
        _vpc(),
        {"cidr": IPv4Network("10.9.76.0/22")},
        [
            f"subnetCidrs.private.a is 10.9.64.0/22, and {A} has 10.9.76.0/22: "
            "`pulumi config set --path subnetCidrs.private.a 10.9.76.0/22`"
        ],
    ),
    (
        _vpc(),
        {"public": True},
        [
            f"subnetIds.private.a is {A}, which gives a public address to an instance that starts in it, and "
            f"topology is private: name another subnet, or run `aws ec2 modify-subnet-attribute --subnet-id {A} "
            "--no-map-public-ip-on-launch`"
        ],
    ),
]


@pytest.mark.parametrize(("vpc", "changes", "lines"), DIFFERENCES)
def test_what_aws_reports_is_refused_where_the_config_differs(
    vpc: Vpc, changes: dict[str, Any], lines: list[str]
) -> None:
    settings = plan(**existing("private")).settings
    assert list(checks.differences(settings, vpc, _found(**changes))) == lines


def test_nodes_with_public_addresses_need_subnets_that_give_them() -> None:
    settings = plan(**existing()).settings
    plain = {"public": {"a": _found(public=False)["private"]["a"]}}
    lines = list(checks.differences(settings, _vpc(), plain))  # type: ignore[arg-type]
    assert any(
        "which does not give a public address" in line and "--map-public-ip-on-launch" in line for line in lines
    )


def test_other_resolvers_need_none_of_the_vpcs() -> None:
    settings = plan(**existing("private", dnsForwarders=["10.9.0.53"])).settings
    assert not list(checks.differences(settings, _vpc(resolves=False), _found()))
