"""The control API has the paths, status codes and layout of weaver."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.weaver.control import Control
from sandbox.weaver.mesh import Mesh
from sandbox.weaver.reports import Reports
from sandbox.weaver.router import Router
from sandbox.weaver.targets import Target
from sandbox.weaver.vxlan import DataPath
from sandbox.weaver.web import Request
from tests.unit.weaver.meshes import connection, mesh_of


def control(mesh: Mesh | None = None, *, writable: bool = True) -> Control:
    """Of a router without DNS."""
    mesh = mesh or mesh_of(connection("02:0a:02:00:00:01", "10.0.0.5:6783", outbound=True))
    router = Router(mesh, DataPath(bridge="weave", mtu=1376), b"key")
    return Control(router, Reports(router, mtu=1376), writable=writable)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/connect", 501),
        ("POST", "/forget", 501),
        ("GET", "/status", 200),
        ("GET", "/status/connections", 200),
        ("GET", "/status/peers", 200),
        ("GET", "/status/targets", 200),
        ("GET", "/status/dns", 500),
        ("GET", "/report", 501),
        ("POST", "/status", 501),
        ("GET", "/connect", 501),
    ],
)
def test_each_path_of_the_status_address_has_weavers_status_code_and_changes_nothing(
    method: str, path: str, status: int
) -> None:
    assert control(writable=False).answer(Request(method=method, path=path, form={})).status == status


async def test_a_malformed_peer_is_a_bad_request_and_the_good_ones_count() -> None:
    mesh = mesh_of()
    answer = control(mesh).answer(Request(method="POST", path="/connect", form={"peer": ["a:b:c", "127.0.0.1"]}))
    assert (answer.status, mesh.direct) == (400, ["127.0.0.1"])


def test_a_line_of_a_connection_is_laid_out_as_in_weave() -> None:
    page = control().answer(Request(method="GET", path="/status/connections", form={})).body
    start = "-> 10.0.0.5:6783         established unencrypted vxlan  02:0a:02:00:00:01() mtu=1376"
    assert page == start + "\n"


def test_a_failed_target_shows_its_reason_and_when_it_is_tried_again() -> None:
    mesh = mesh_of()
    mesh.targets["10.0.0.7:6783"] = Target()
    mesh.targets["10.0.0.7:6783"].try_later("dial tcp 10.0.0.7:6783: connection refused")
    page = control(mesh).answer(Request(method="GET", path="/status/connections", form={})).body
    start = "-> 10.0.0.7:6783         failed      dial tcp 10.0.0.7:6783: connection refused, retry: "
    when = datetime.strptime(page.removeprefix(start), "%Y-%m-%d %H:%M:%S %z UTC\n")
    assert datetime.now(UTC) - timedelta(seconds=1) <= when <= datetime.now(UTC) + timedelta(seconds=3)
