"""The demonstration on a cluster of stand-ins: all of it, and each way in which it fails."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ops.demo.scenario import demonstrate
from ops.demo.target import DEFINITION, DemoTarget
from ops.remote.stack import OperatorError
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
    """What stopped the demonstration, well before a timeouts of its own would end."""
    with pytest.raises(OperatorError) as stopped:
        async with asyncio.timeout(_SECONDS_MOST):
            await demonstrate(target, definition, keep=False)
    return str(stopped.value)


def apps(cluster: Cluster) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cluster.ask("GET", "/v2/apps").json()["apps"]
    return found


async def test_every_step_is_told_with_what_came_back_and_the_app_is_gone_after_it(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    await demonstrate(target, definition, keep=False)
    said = capsys.readouterr().out
    assert f"{TITLE}\n   they run on slave-1, slave-2; Consul lists 127.0.2.1:" in said
    assert "asked from the node slave-2: mesos-" in said
    assert "asked from a container on slave-2: mesos-" in said
    by_name = said.partition("(2) Reach them as nodejs-rest-api.service.consul:")[2].partition("\n\n")[0]
    assert re.findall(r"answered (\d+) times", by_name) == ["10", "10"]
    (front,) = target.front
    assert re.findall(rf"{front}: ((?:mesos-\S+ 4 times(?:, )?)+)", said)
    assert "they run on slave-1, slave-1, slave-2, slave-2" in said
    assert re.search(r"\n   [1-9]\d* requests were answered, none failed\n", said)
    assert said.endswith("Remove the app\n   removed\n")
    assert apps(cluster) == []


async def test_an_app_that_is_kept_stays_and_the_next_demonstration_takes_it_away(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.ask("POST", "/v2/apps", definition | {"cpus": 100})  # never placed, so its deployment locks it
    await demonstrate(target, definition, keep=True)
    said = capsys.readouterr().out
    assert "Remove what an earlier demonstration left\n   removed\n" in said
    assert said.endswith("nodejs-rest-api keeps running; DELETE /v2/apps/nodejs-rest-api at Marathon removes it\n")
    assert [app["id"] for app in apps(cluster)] == ["/nodejs-rest-api"]


async def test_an_image_that_can_t_be_pulled_is_told_at_once_with_its_node(
    target: DemoTarget, definition: dict[str, Any], network: Network, cluster: Cluster
) -> None:
    for docker in network.dockers.values():
        docker.missing.add("apollo/nodejs-rest-api:1")
    assert re.fullmatch(
        re.escape(f"{TITLE}: expected an instance of apollo/nodejs-rest-api:1 to run on ")
        + "slave-[12]"
        + re.escape(
            ", but got TASK_FAILED (Failed to launch container: manifest for apollo/nodejs-rest-api:1 not found): "
            "`sudo docker run apollo/nodejs-rest-api:1` there tries it, and IMAGE=... takes another"
        ),
        await failure(target, definition),
    )
    assert apps(cluster) == []


async def test_an_instance_that_never_becomes_healthy_is_told_with_what_its_check_says(
    target: DemoTarget, definition: dict[str, Any], network: Network, cluster: Cluster
) -> None:
    network.dockers["slave-2"].unwell = True
    said = await failure(replace(target, timeouts=replace(target.timeouts, listed=0.5)), definition)
    assert said.startswith(
        f"{TITLE}: expected 2 passing instances of nodejs-rest-api in Consul within 0.5 s, but got "
    )
    assert re.search(r"127\.0\.2\.1:\d+ on slave-1 is passing", said)
    assert re.search(r"127\.0\.3\.1:\d+ on slave-2 is critical \(HTTP GET .*not ready for anything", said)
    assert "`sudo docker logs` of the instance" in said
    assert apps(cluster) == []


async def test_an_instance_that_fits_nowhere_is_told_with_where_to_look(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster
) -> None:
    impatient = replace(target, timeouts=replace(target.timeouts, deployed=0.5))
    assert await failure(impatient, definition | {"cpus": 100}) == (
        f"{TITLE}: expected 2 running instances and no deployment under way within 0.5 s, but got 0 and 1: "
        "Marathon's and Mesos' pages tell what they wait for, and `make tunnel` opens them"
    )
    assert apps(cluster) == []


async def test_what_marathon_does_not_take_is_told_with_its_answer(
    target: DemoTarget, definition: dict[str, Any]
) -> None:
    said = await failure(target, definition | {"instances": -1})
    assert said.startswith(f"{TITLE}: expected Marathon to create nodejs-rest-api, but got 422 ")


async def test_a_front_that_nobody_answers_is_told_with_its_url(
    target: DemoTarget, definition: dict[str, Any], front: Server
) -> None:
    closed = f"http://127.0.0.9:{front.port}"
    impatient = replace(target, front=[closed], timeouts=replace(target.timeouts, known=0.5))
    assert re.fullmatch(
        r"\(3\) Reach them from outside through HAProxy on port 80, Host: nodejs-rest-api\.example\.test: "
        rf"expected 200 from each of 2 instances by {closed} within 0\.5 s, but got ConnectError: .+",
        await failure(impatient, definition),
    )


async def test_a_request_that_fails_in_flight_is_the_demonstration_s_failure(
    target: DemoTarget, definition: dict[str, Any], network: Network, serve: Serve
) -> None:
    def slow_is_refused(request: Request) -> Answer:
        if request.path == "/slow":
            raise Refused(502, "the instance hung up")
        return network.front(request)

    url = f"http://127.0.0.1:{serve(slow_is_refused).port}"
    said = await failure(replace(target, front=[url]), definition)
    assert re.match(
        r"Scale back to two instances while requests are in flight: expected every request answered, "
        rf"but got \d+ failures, such as \['{url}/slow\?ms=\d+: 502 ",
        said,
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
    patient = replace(target, timeouts=replace(target.timeouts, listed=3600))

    async def cut() -> None:
        await until(network.dockers["slave-2"].running, "an instance on slave-2")
        nodes.cut(node)

    said, _ = await asyncio.gather(failure(patient, definition), cut())
    gone = f"{node}: the SSH connection to {address} is gone"
    assert said == f"{TITLE}: {gone}"
    assert f"Remove the app: {gone}" in capsys.readouterr().out


async def test_a_node_that_does_not_answer_is_told_before_anything_is_started(
    target: DemoTarget, definition: dict[str, Any], cluster: Cluster
) -> None:
    away = {**target.nodes["slave-1"], "address": "127.0.0.9"}
    said = await failure(replace(target, nodes={**target.nodes, "slave-1": away}), definition)
    assert said.startswith("slave-1: no answer by SSH at 127.0.0.9: ")
    assert apps(cluster) == []
