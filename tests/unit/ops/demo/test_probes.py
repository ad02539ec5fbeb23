"""Requests from inside that are answered wrongly, or not at all."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from infra.services.haproxy_config import HEALTH_PATH
from ops.demo.probes import Probes
from ops.remote.errors import OperatorError
from sandbox.standins.common.web import Answer, Request, Server, answering
from tests.unit.ops.conftest import SERVICE, Nodes, Serve, free_port
from tests.unit.ops.fake_cluster import SEARCH, Docker, Network

NAME = f"http://{SERVICE}.{SEARCH}:8080/"


@pytest.fixture
def probes(nodes: Nodes) -> Probes:
    return Probes(nodes.connections())


async def test_an_address_of_no_container_is_not_requested(probes: Probes) -> None:
    expected = "expected the address of a container on one of the nodes, but got 127.0.9.1:80"
    with pytest.raises(OperatorError, match=f"^{re.escape(expected)}$"):
        await probes.by_address("127.0.9.1:80")


@pytest.mark.parametrize("body", ["all is well", '{"status": "ok"}', '["container"]', '"container"'])
async def test_an_answer_that_names_no_container_is_reported_with_its_node(
    probes: Probes, serve: Serve, body: str
) -> None:
    address = f"127.0.2.9:{serve(lambda _: Answer(body=body.encode()), '127.0.2.9').port}"
    url = f"http://{address}/"
    expected = f"expected an answer from {url} on slave-1 that names its container, but got {body}"
    with pytest.raises(OperatorError, match=f"^{re.escape(expected)}$"):
        await probes.by_address(address)


async def test_an_address_that_does_not_answer_is_reported_with_the_client_s_error(probes: Probes) -> None:
    with pytest.raises(OperatorError, match=r"127\.0\.2\.9:1/ on slave-1 .* but got no connection to 127\.0\.2\.9:1"):
        await probes.by_address("127.0.2.9:1")


async def test_a_name_that_no_instance_answers_is_reported_with_the_requesting_node(probes: Probes) -> None:
    expected = (
        f"^expected 20 answers from {re.escape(NAME)} in a container on slave-1, but got the server returned 503"
    )
    with pytest.raises(OperatorError, match=expected):
        await probes.by_name(NAME, 2)


async def test_a_name_that_not_all_instances_answer_is_reported_with_those_that_did(
    probes: Probes, network: Network, tmp_path: Path
) -> None:
    docker = Docker(tmp_path / "docker", "127.0.2", free_port())
    network.dockers["slave-1"] = docker
    docker.add("the-one", {})
    docker.start("the-one")
    try:
        expected = f"expected answers of 2 instances from {NAME}, but got {{'the-one': 100}}"
        with pytest.raises(OperatorError, match=f"^{re.escape(expected)}$"):
            await probes.by_name(NAME, 2)
    finally:
        docker.close()


async def test_only_slaves_that_fail_the_load_balancer_s_check_are_called_unhealthy(
    probes: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setattr("ops.demo.probes.HTTP_PORT", port)

    def answer(request: Request) -> Answer:
        return Answer(status=200 if request.path == HEALTH_PATH else 404)

    with closing(Server("127.0.0.2", port, answering(answer))):
        one = await probes.behind_the_load_balancer()
        assert one.startswith(f"slave-2 is unhealthy (no connection to 127.0.0.3:{port}:")
        with closing(Server("127.0.0.3", port, answering(answer))):
            both = await probes.behind_the_load_balancer()
            assert both.startswith("slave-1, slave-2 answer the load balancer's health check themselves")
