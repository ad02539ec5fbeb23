"""The topology of a cluster that runs is the one that it keeps."""

import pytest

from infra.config.settings import SettingsError
from infra.plan import topology
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
        topology.check(settings, last)
        return
    with pytest.raises(SettingsError) as error:
        topology.check(settings, last)
    line = str(error.value)
    assert line.startswith(f"topology is {wanted}, and the cluster that runs is {last}: ")
    assert f"Set topology {last} again" in line
    assert "`make destroy`" in line
