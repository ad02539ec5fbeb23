"""The demonstration on a cluster of stand-ins: its success, and each of its failures."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ops.demo.scenario import demonstrate
from ops.demo.target import DEFINITION, DemoTarget
from ops.remote.errors import OperatorError
from sandbox.standins.common.web import Answer, Refused, Request, Server
from tests.unit.ops.conftest import Nodes, Serve, until
from tests.unit.ops.fake_cluster import Network
from tests.unit.standins.cluster import Cluster

TITLE = "Start two instances of apollo/nodejs-rest-api:1 through Marathon"
_SECONDS_MOST = 30


@pytest.fixture
def definition() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DEFINITION.read_text())
    return found


async def failure(target: DemoTarget, definition: dict[str, Any]) -> str:
    """The error of the demonstration, well before its own timeouts."""
    with pytest.raises(OperatorError) as stopped:
        async with asyncio.timeout(_SECONDS_MOST):
            await demonstrate(target, definition, keep=False)
    return str(stopped.value)


def apps(cluster: Cluster) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.ask("GET", "/v2/apps").json()["apps"]
    return found


async def test_every_step_is_printed_with_its_observations_and_the_app_is_removed_at_the_end(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await demonstrate(target, definition, keep=False)
    printed = capsys.readouterr().out
    assert f"{TITLE}\n   they run on slave-1, slave-2; Consul lists 127.0.2.1:" in printed
    assert "from slave-2: mesos-" in printed
    assert "from a container on slave-2: mesos-" in printed
    by_name = printed.partition("(2) Reach them as nodejs-rest-api.service.consul:")[2].partition("\n\n")[0]
    assert re.findall(r"answered (\d+) times", by_name) == ["10", "10"]
    assert re.findall(rf"{target.front}: ((?:mesos-\S+ 4 times(?:, )?)+)", printed)
    assert "they run on slave-1, slave-1, slave-2, slave-2" in printed
    assert re.search(r"\n   [1-9]\d* requests were answered, none failed\n", printed)
    assert printed.endswith("Remove the app\n   removed\n")
    assert apps(cluster) == []


async def test_an_app_that_is_kept_runs_on_until_the_next_demonstration_removes_it(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.ask("POST", "/v2/apps", definition | {"cpus": 100})  # never placed, so its deployment locks it
    await demonstrate(target, definition, keep=True)
    printed = capsys.readouterr().out
    assert "Remove what an earlier demonstration left\n   removed\n" in printed
    assert printed.endswith("nodejs-rest-api keeps running; DELETE /v2/apps/nodejs-rest-api at Marathon removes it\n")
    assert [app["id"] for app in apps(cluster)] == ["/nodejs-rest-api"]


async def test_an_image_that_can_t_be_pulled_is_reported_at_once_with_its_node(
    target: DemoTarget, definition: dict[str, Any], network: Network, cluster: Cluster
) -> None:
    for docker in network.dockers.values():
        docker.missing.add("apollo/nodejs-rest-api:1")
    assert re.fullmatch(
        re.escape(f"{TITLE}: expected an instance of apollo/nodejs-rest-api:1 to run on ")
        + "slave-[12]"
        + re.escape(
            ", but got TASK_FAILED (Failed to launch container: manifest for apollo/nodejs-rest-api:1 not found): "
            "`sudo docker run apollo/nodejs-rest-api:1` there shows why, and IMAGE=... takes another image"
        ),
        await failure(target, definition),
    )
    assert apps(cluster) == []


async def test_an_instance_that_never_becomes_healthy_is_reported_with_its_check_s_output(
    target: DemoTarget, definition: dict[str, Any], network: Network, cluster: Cluster
) -> None:
    network.dockers["slave-2"].unwell = True
    error = await failure(replace(target, timeouts=replace(target.timeouts, listed=0.5)), definition)
    assert error.startswith(
        f"{TITLE}: expected 2 passing instances of nodejs-rest-api in Consul within 0.5 s, but got "
    )
    assert re.search(r"127\.0\.2\.1:\d+ on slave-1 is passing", error)
    assert re.search(r"127\.0\.3\.1:\d+ on slave-2 is critical \(HTTP GET .*not ready for anything", error)
    assert "`sudo docker logs` of the instance" in error
    assert apps(cluster) == []


async def test_an_instance_that_fits_on_no_node_is_reported_with_where_to_look(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster
) -> None:
    short = replace(target, timeouts=replace(target.timeouts, deployed=0.5))
    assert await failure(short, definition | {"cpus": 100}) == (
        f"{TITLE}: expected 2 running instances and no deployment within 0.5 s, but got 0 and 1: "
        "the pages of Marathon and Mesos show what it waits for, and `make tunnel` opens them"
    )
    assert apps(cluster) == []


async def test_a_definition_that_marathon_refuses_is_reported_with_its_answer(
    target: DemoTarget, definition: dict[str, Any]
) -> None:
    error = await failure(target, definition | {"instances": -1})
    assert error.startswith(f"{TITLE}: expected Marathon to create nodejs-rest-api, but got 422 ")


async def test_a_load_balancer_that_does_not_answer_is_reported_with_its_url_and_the_slaves_that_are_unhealthy(
    target: DemoTarget, definition: dict[str, Any], front: Server
) -> None:
    closed = f"http://127.0.0.9:{front.port}"
    short = replace(target, front=closed, timeouts=replace(target.timeouts, known=0.5))
    assert re.fullmatch(
        r"\(3\) Reach them from outside through the load balancer and HAProxy, Host: nodejs-rest-api\.example\.test: "
        rf"expected 200 from each of 2 instances by {closed} within 0\.5 s, but got ConnectError: .+: "
        r"slave-1 is unhealthy \(no connection to 127\.0\.0\.2:80: .+\), slave-2 is unhealthy \(.+\)",
        await failure(short, definition),
    )


async def test_a_request_that_fails_during_the_change_fails_the_demonstration(
    target: DemoTarget, definition: dict[str, Any], network: Network, serve: Serve
) -> None:
    def slow_is_refused(request: Request) -> Answer:
        if request.path == "/slow":
            raise Refused(502, "the instance hung up")
        return network.front(request)

    url = f"http://127.0.0.1:{serve(slow_is_refused).port}"
    error = await failure(replace(target, front=url), definition)
    assert re.match(
        r"Scale back to two instances while requests are in flight: expected every request answered, "
        rf"but got \d+ failures, such as \['{url}/slow\?ms=\d+: 502 ",
        error,
    )


@pytest.mark.parametrize(("node", "address"), [("slave-2", "127.0.0.3"), ("master-1", "127.0.0.1")])
async def test_a_lost_connection_ends_the_step_at_once_with_the_node_s_name(
    target: DemoTarget,
    definition: dict[str, Any],
    nodes: Nodes,
    network: Network,
    capsys: pytest.CaptureFixture[str],
    node: str,
    address: str,
) -> None:
    network.dockers["slave-2"].unwell = True
    long = replace(target, timeouts=replace(target.timeouts, listed=3600))

    async def cut() -> None:
        await until(network.dockers["slave-2"].running, "an instance on slave-2")
        nodes.cut(node)

    error, _ = await asyncio.gather(failure(long, definition), cut())
    lost = f"{node}: the SSH connection to {address} is lost"
    assert error == f"{TITLE}: {lost}"
    assert f"Remove the app: {lost}" in capsys.readouterr().out


async def test_a_node_that_does_not_answer_is_reported_before_anything_is_started(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster
) -> None:
    away = replace(target.nodes["slave-1"], host="127.0.0.9")
    error = await failure(replace(target, nodes={**target.nodes, "slave-1": away}), definition)
    assert error.startswith("slave-1: no SSH connection to 127.0.0.9: ")
    assert apps(cluster) == []
