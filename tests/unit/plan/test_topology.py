"""The topology of a cluster that runs is the one that it keeps."""

import pytest

from infra.config.settings import SettingsError
from infra.plan import topology
from tests.unit.existing import VPC, existing
from tests.unit.plans import plan


@pytest.mark.parametrize(
    ("wanted", "last", "refused"),
    [
        ("public", "", False),
        ("private", "", False),
        ("public", "public", False),
        ("private", "private", False),
        ("private", "public", True),
        ("public", "private", True),
    ],
)
def test_a_running_cluster_keeps_its_topology(wanted: str, last: str, *, refused: bool) -> None:
    settings = plan(topology=wanted).settings
    if not refused:
        topology.check(settings, last, "")
        return
    with pytest.raises(SettingsError) as error:
        topology.check(settings, last, "")
    line = str(error.value)
    assert line.startswith(f"topology is {wanted}, and the cluster that runs is {last}: ")
    assert f"Set topology {last} again" in line
    assert "`make destroy`" in line


@pytest.mark.parametrize(
    ("wanted", "last", "parts"),
    [
        ("", "", []),
        (VPC, VPC, []),
        (VPC, "", [f"vpcId is {VPC}, and the cluster that runs is in a VPC of its own", "Remove vpcId again"]),
        ("", VPC, [f"vpcId is empty, and the cluster that runs is in {VPC}", f"Set vpcId {VPC} again"]),
        (VPC, "vpc-0123abcd", [f"vpcId is {VPC}, and the cluster that runs is in vpc-0123abcd: no node can move"]),
    ],
)
def test_a_running_cluster_stays_in_its_vpc(wanted: str, last: str, parts: list[str]) -> None:
    settings = plan(**(existing() if wanted else {})).settings
    topology.check(settings, "", last)
    if not parts:
        topology.check(settings, "public", last)
        return
    with pytest.raises(SettingsError) as error:
        topology.check(settings, "public", last)
    assert all(part in str(error.value) for part in (*parts, "`make destroy`"))
