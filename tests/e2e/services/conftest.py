"""A cluster of three masters and two slaves with all services, which the tests of this folder share in turn."""

from collections.abc import Iterator, Mapping

import httpx
import pytest

from bench.workspace import ProjectCopy
from tests.e2e.conftest import cluster_copy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import MIRROR, SLAVES, addresses, answers, app, client, let_in


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    with cluster_copy(tmp_path_factory, "services", {"masterCount": 3}) as project:
        project.make("up")
        let_in(project)
        yield project


@pytest.fixture(scope="module")
def nodes(cluster: ProjectCopy) -> dict[str, str]:
    return addresses(cluster)


@pytest.fixture(scope="module")
def consul(cluster: ProjectCopy, nodes: Mapping[str, str]) -> Iterator[httpx.Client]:
    token = cluster.pulumi("config", "get", "consulManagementToken").stdout.strip()
    with client(nodes["master-1"], 8500, {"X-Consul-Token": token}) as found:
        yield found


@pytest.fixture(scope="module")
def marathon(nodes: Mapping[str, str]) -> Iterator[httpx.Client]:
    with client(nodes["master-1"], 8080) as found:
        yield found


@pytest.fixture(scope="module")
def urls(marathon: httpx.Client, nodes: Mapping[str, str]) -> Iterator[list[str]]:
    """Where HAProxy answers for rest.example.com, by two instances of a Marathon app that has its name in its env."""
    definition = {
        "id": "/the-rest-api",
        "instances": 2,
        "cpus": 0.1,
        "mem": 64,
        "networks": [{"mode": "container/bridge"}],
        "container": {
            "type": "DOCKER",
            "docker": {"image": f"{MIRROR}/apollo/nodejs-rest-api:1"},
            "portMappings": [],
        },
        "constraints": [["hostname", "UNIQUE"]],
        "env": {"SERVICE_NAME": "rest", "SERVICE_TAGS": "green,v1"},
    }
    fronts = [f"http://{nodes[slave]}" for slave in SLAVES]
    with app(marathon, definition):
        until(lambda: all(len(answers(url, "rest")) == 2 for url in fronts), "both instances answer by HAProxy")
        yield fronts
