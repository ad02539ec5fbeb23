"""What the services promise to who runs apps on them: names, health, and a way in from outside."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bench.workspace import ProjectCopy
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import (
    PYTHON,
    SLAVES,
    answers,
    app,
    client,
    configured,
    container,
    in_flight,
    limits,
    on_all,
    previewed,
    started,
)

# Answers with its container's name; its health is a file that a test may remove.
SITE = "mkdir /www && cd /www && hostname >index.html && touch healthy && exec python3 -m http.server 8000"


def resolved(cluster: ProjectCopy, node: str, name: str) -> set[str]:
    return {line.split()[0] for line in cluster.on(node, f"getent ahostsv4 {name} || true").splitlines()}


def test_a_service_is_found_by_the_name_and_tags_that_its_environment_gives_it(
    cluster: ProjectCopy, consul: httpx.Client, urls: list[str]
) -> None:
    assert urls
    listed = consul.get("/v1/catalog/service/rest").json()
    assert {(frozenset(each["ServiceTags"]), each["ServicePort"]) for each in listed} == {
        (frozenset({"green", "v1"}), 8080)
    }
    assert resolved(cluster, "master-1", "green.rest.service.consul") == {each["ServiceAddress"] for each in listed}
    environment = "-e SERVICE_8000_NAME=orders -e SERVICE_8000_TAGS=blue,v2 -e SERVICE_9000_NAME=orders-admin"
    words = (environment, "--expose 8000 --expose 9000", PYTHON, f"sh -c '{SITE}'")
    with container(cluster, "slave-1", "two-ports", *words) as address:
        until(lambda: consul.get("/v1/catalog/service/orders-admin").json(), "orders-admin is in Consul")
        (orders,) = consul.get("/v1/catalog/service/orders").json()
        assert (orders["ServiceAddress"], orders["ServicePort"]) == (address, 8000)
        assert set(orders["ServiceTags"]) == {"blue", "v2"}
        assert resolved(cluster, "slave-2", "blue.orders.service.consul") == {address}
        assert resolved(cluster, "slave-2", "green.orders.service.consul") == set()
        assert consul.get("/v1/catalog/service/orders-admin").json()[0]["ServicePort"] == 9000
    until(lambda: not consul.get("/v1/catalog/service/orders").json(), "the container's services left with it")


def test_an_instance_whose_consul_check_fails_leaves_haproxy_and_dns_and_comes_back(
    cluster: ProjectCopy, consul: httpx.Client, nodes: Mapping[str, str]
) -> None:
    environment = "-e SERVICE_NAME=shop -e SERVICE_8000_CHECK_HTTP=/healthy -e SERVICE_CHECK_INTERVAL=1s"
    words = (environment, "--expose 8000", PYTHON, f"sh -c '{SITE}'")
    fronts = [f"http://{nodes[slave]}" for slave in SLAVES]

    def served_by(names: set[str], found: set[str]) -> bool:
        return (
            all(answers(url, "shop") == names for url in fronts)
            and resolved(cluster, "slave-1", "shop.service.consul") == found
        )

    with (
        container(cluster, "slave-1", "shop-1", *words) as first,
        container(cluster, "slave-2", "shop-2", *words) as second,
    ):
        both = {"shop-1", "shop-2"}
        until(lambda: served_by(both, {first, second}), "both instances are served")
        cluster.on("slave-1", "sudo docker exec shop-1 rm /www/healthy")
        until(lambda: served_by({"shop-2"}, {second}), "the instance that fails is served no more")
        # Who registers it anew, as registrator does every minute, does not make it well.
        cluster.on("slave-1", "sudo systemctl restart registrator")
        said = "sudo docker logs registrator 2>&1 | grep -c added:.*shop-1 || true"
        until(lambda: cluster.on("slave-1", said) != "0", "registrator has registered it again")
        assert [each["Status"] for each in consul.get("/v1/health/checks/shop").json()].count("critical") == 1
        assert served_by({"shop-2"}, {second})
        cluster.on("slave-1", "sudo docker exec shop-1 touch /www/healthy")
        until(lambda: served_by(both, {first, second}), "the instance that is well again is served")


@pytest.mark.parametrize("protocol", ["HTTP", "MESOS_HTTP"])
def test_a_marathon_app_that_fails_its_health_check_is_replaced(
    cluster: ProjectCopy, marathon: httpx.Client, nodes: Mapping[str, str], protocol: str
) -> None:
    definition = {
        "id": "/checked",
        "cmd": SITE,
        "cpus": 0.1,
        "mem": 64,
        "container": {
            "type": "DOCKER",
            "docker": {
                "image": PYTHON,
                "network": "BRIDGE",
                "portMappings": [{"containerPort": 8000, "hostPort": 0}],
            },
        },
        "healthChecks": [
            {
                "protocol": protocol,
                "path": "/healthy",
                "portIndex": 0,
                "gracePeriodSeconds": 30,
                "intervalSeconds": 1,
                "timeoutSeconds": 5,
                "maxConsecutiveFailures": 2,
                "delaySeconds": 0,
            }
        ],
        "backoffSeconds": 1,
    }

    def healthy() -> Mapping[str, Any] | None:
        found = marathon.get("/v2/apps/checked").json()["app"]
        ready = found["tasksHealthy"] == len(found["tasks"]) == 1 and not found["deployments"]
        return dict(found["tasks"][0]) if ready else None

    with app(marathon, definition):
        task = until(healthy, "the app is deployed and healthy")
        (port,) = task["ports"]
        assert 31000 <= port <= 32000
        at_slave = f"http://{task['host']}:{port}/healthy"
        assert cluster.on("master-1", f"curl -s -o /dev/null -w '%{{http_code}}' {at_slave}") == "200"
        slave = next(name for name, address in nodes.items() if address == task["host"])
        its_id = cluster.on(slave, f"sudo docker ps -q --filter label=MESOS_TASK_ID={task['id']}")
        cluster.on(slave, f"sudo docker exec {its_id} rm /www/healthy")
        after = until(lambda: (found := healthy()) and found["id"] != task["id"] and found, "another one is healthy")
        with client(after["host"], after["ports"][0]) as there:
            assert there.get("/healthy").is_success
        until(lambda: its_id not in cluster.on(slave, "sudo docker ps -q"), "the one that failed is stopped")


@contextmanager
def keys(consul: httpx.Client, values: Mapping[str, object]) -> Iterator[None]:
    """Keys below apollo/haproxy/ in Consul, and in the end none."""
    for name, value in values.items():
        consul.put(f"/v1/kv/apollo/haproxy/{name}", content=str(value)).raise_for_status()
    try:
        yield
    finally:
        consul.delete("/v1/kv/apollo/haproxy/", params={"recurse": "true"}).raise_for_status()


def test_haproxys_limits_change_by_config_and_by_consul_without_a_restart_or_a_failed_request(
    cluster: ProjectCopy, consul: httpx.Client, nodes: Mapping[str, str], urls: list[str]
) -> None:
    before = started(cluster, nodes)
    with in_flight(urls, "rest.example.com"):
        with configured(cluster, haproxyMaxConnections=3000, haproxyServerTimeoutSeconds=45):
            steps = {f"{slave}-{step}" for slave in SLAVES for step in ("haproxy-initial-config", "consul-template")}
            assert previewed(cluster) == steps
            cluster.up()
            assert limits(cluster) == {("3000", "60s", "45s")}
            with keys(consul, {"maxConnections": 2500, "clientTimeoutSeconds": 50}):
                until(lambda: limits(cluster) == {("2500", "50s", "45s")}, "HAProxy has the values of Consul")
            until(lambda: limits(cluster) == {("3000", "60s", "45s")}, "HAProxy has the values of the config")
        cluster.up()
        assert limits(cluster) == {("4096", "60s", "60s")}
    assert started(cluster, nodes) == before


def test_a_configuration_that_haproxy_refuses_changes_nothing_and_is_told_with_its_reason(
    cluster: ProjectCopy, consul: httpx.Client, nodes: Mapping[str, str], urls: list[str]
) -> None:
    before = started(cluster, nodes)
    with in_flight(urls, "rest.example.com"):
        # 116 days, in more milliseconds than HAProxy counts
        with keys(consul, {"clientTimeoutSeconds": 9_999_999, "maxConnections": 2500}):
            refused = "test -e /etc/haproxy/refused && echo refused || true"
            until(lambda: set(on_all(cluster, SLAVES, refused).values()) == {"refused"}, "HAProxy refuses it")
            assert limits(cluster) == {("4096", "60s", "60s")}
            status = cluster.make("status", check=False)
            assert status.returncode != 0
            said = re.sub(r"\s+", " ", status.stdout)
            for slave in SLAVES:
                assert f"{slave}: haproxy goes on with its last configuration" in said
            assert "timer overflow" in said
            with configured(cluster, haproxyServerTimeoutSeconds=45):
                failed = cluster.up(check=False)
            assert failed.returncode != 0
            assert "slave-1 consul-template: haproxy goes on with its last configuration" in failed.stdout
            assert "timer overflow" in failed.stdout
            assert "the roll stopped at slave-1" in failed.stdout
        taken = {("4096", "60s", "45s"), ("4096", "60s", "60s")}
        until(lambda: limits(cluster) == taken, "HAProxy takes the next one that is right, where the roll has been")
        with configured(cluster, haproxyServerTimeoutSeconds=45):
            cluster.up()
        cluster.up()
        assert limits(cluster) == {("4096", "60s", "60s")}
    assert cluster.well()
    assert started(cluster, nodes) == before
