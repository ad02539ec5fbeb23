"""What the services promise to who runs apps on them, and to who changes them while apps run."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import yaml

from ops.rehearsal import VPC, Project
from sandbox.cloud.images import MANIFEST, digest
from sandbox.cloud.storage import LAYOUT
from sandbox.home import Home
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import (
    SLAVES,
    addresses,
    client,
    configured,
    in_flight,
    on_all,
    previewed,
    started,
)

MIRROR = f"{VPC}.0.1:5000"
REST_API = f"{MIRROR}/apollo/nodejs-rest-api:1"
PYTHON = f"{MIRROR}/python:3.11"
# Answers with its container's name; its health is a file that a test may remove.
SITE = "mkdir /www && cd /www && hostname >index.html && touch healthy && exec python3 -m http.server 8000"
SOCKET = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/var/lib/haproxy/admin.sock')"
EVERY_ADDRESS = ("0.0.0.0", "[::]", "*")  # noqa: S104
INFO = f"""sudo python3 -c "{SOCKET}; s.sendall(b'show info\\n'); print(s.makefile().read())" """


@pytest.fixture(scope="module")
def nodes(cluster: Project) -> dict[str, str]:
    return addresses(cluster)


@pytest.fixture(scope="module")
def consul(cluster: Project, nodes: Mapping[str, str]) -> Iterator[httpx.Client]:
    token = cluster.pulumi("config", "get", "consulManagementToken").stdout.strip()
    with client(nodes["master-1"], 8500, {"X-Consul-Token": token}) as found:
        yield found


@pytest.fixture(scope="module")
def marathon(nodes: Mapping[str, str]) -> Iterator[httpx.Client]:
    with client(nodes["master-1"], 8080) as found:
        yield found


@contextmanager
def app(marathon: httpx.Client, definition: Mapping[str, Any]) -> Iterator[None]:
    """A Marathon app, and in the end it is gone."""
    marathon.post("/v2/apps", json=definition).raise_for_status()
    try:
        yield
    finally:
        marathon.delete(f"/v2/apps{definition['id']}").raise_for_status()
        until(lambda: not marathon.get("/v2/deployments").json(), f"{definition['id']} is gone")


@pytest.fixture(scope="module")
def urls(marathon: httpx.Client, nodes: Mapping[str, str]) -> Iterator[list[str]]:
    """Where HAProxy answers for rest.example.com, by two instances of a Marathon app that has its name in its env."""
    definition = {
        "id": "/the-rest-api",
        "instances": 2,
        "cpus": 0.1,
        "mem": 64,
        "networks": [{"mode": "container/bridge"}],
        "container": {"type": "DOCKER", "docker": {"image": REST_API}, "portMappings": []},
        "constraints": [["hostname", "UNIQUE"]],
        "env": {"SERVICE_NAME": "rest", "SERVICE_TAGS": "green,v1"},
    }
    fronts = [f"http://{nodes[slave]}" for slave in SLAVES]
    with app(marathon, definition):
        until(lambda: all(len(answers(url, "rest")) == 2 for url in fronts), "both instances answer by HAProxy")
        yield fronts


def answers(url: str, service: str) -> set[str]:
    """What a service says through one HAProxy, in as many requests as would find each of its instances."""
    found = set()
    for _ in range(6):
        answer = httpx.get(url, headers={"Host": f"{service}.example.com"}, trust_env=False, timeout=10)
        kind = answer.headers.get("Content-Type", "")
        found.add(answer.json()["container"] if kind == "application/json" else answer.text.strip())
        if not answer.is_success:
            return set()
    return found


@contextmanager
def container(cluster: Project, node: str, name: str, *words: str) -> Iterator[str]:
    """A container of a user's own, from `docker run`: its address."""
    cluster.on(node, f"sudo docker run -d --rm --name {name} --hostname {name} {' '.join(words)}")
    try:
        yield cluster.on(node, f"sudo docker inspect -f '{{{{.NetworkSettings.IPAddress}}}}' {name}")
    finally:
        cluster.on(node, f"sudo docker rm -f {name}")


def resolved(cluster: Project, node: str, name: str) -> set[str]:
    return {line.split()[0] for line in cluster.on(node, f"getent ahostsv4 {name} || true").splitlines()}


def test_a_service_is_found_by_the_name_and_tags_that_its_environment_gives_it(
    cluster: Project, consul: httpx.Client, urls: list[str]
) -> None:
    assert urls
    listed = consul.get("/v1/catalog/service/rest").json()
    assert {(tuple(each["ServiceTags"]), each["ServicePort"]) for each in listed} == {(("green", "v1"), 8080)}
    assert resolved(cluster, "master-1", "green.rest.service.consul") == {each["ServiceAddress"] for each in listed}
    environment = "-e SERVICE_8000_NAME=orders -e SERVICE_8000_TAGS=blue,v2 -e SERVICE_9000_NAME=orders-admin"
    words = (environment, "--expose 8000 --expose 9000", PYTHON, f"sh -c '{SITE}'")
    with container(cluster, "slave-1", "two-ports", *words) as address:
        until(lambda: consul.get("/v1/catalog/service/orders-admin").json(), "orders-admin is in Consul")
        (orders,) = consul.get("/v1/catalog/service/orders").json()
        assert (orders["ServiceAddress"], orders["ServicePort"]) == (address, 8000)
        assert orders["ServiceTags"] == ["blue", "v2"]
        assert resolved(cluster, "slave-2", "blue.orders.service.consul") == {address}
        assert resolved(cluster, "slave-2", "green.orders.service.consul") == set()
        assert consul.get("/v1/catalog/service/orders-admin").json()[0]["ServicePort"] == 9000
    until(lambda: not consul.get("/v1/catalog/service/orders").json(), "the container's services left with it")


def test_an_instance_whose_consul_check_fails_leaves_haproxy_and_dns_and_comes_back(
    cluster: Project, consul: httpx.Client, nodes: Mapping[str, str]
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
    cluster: Project, marathon: httpx.Client, nodes: Mapping[str, str], protocol: str
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
        assert httpx.get(f"http://{after['host']}:{after['ports'][0]}/healthy", trust_env=False).is_success
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


def limits(cluster: Project) -> set[tuple[str, ...]]:
    """HAProxy's connections at most, as it says itself, and its timeouts as in its file, on all slaves."""
    found = on_all(cluster, SLAVES, f"{INFO}; cat /etc/haproxy/haproxy.cfg")
    lines = ("Maxconn: (.*)", " *timeout client (.*)", " *timeout server (.*)")
    return {tuple(re.findall(f"^{line}$", said, re.MULTILINE)[0] for line in lines) for said in found.values()}


def test_haproxys_limits_change_by_config_and_by_consul_without_a_restart_or_a_failed_request(
    cluster: Project, consul: httpx.Client, nodes: Mapping[str, str], urls: list[str]
) -> None:
    before = started(cluster, nodes)
    with in_flight(urls, "rest.example.com"):
        with configured(cluster, haproxyConfig={"maxconn": 3000, "timeoutServer": 45}):
            steps = {f"{slave}-{step}" for slave in SLAVES for step in ("haproxy-first", "consul-template")}
            assert previewed(cluster) == steps
            cluster.up()
            assert limits(cluster) == {("3000", "60s", "45s")}
            with keys(consul, {"maxconn": 2500, "timeoutClient": 50}):
                until(lambda: limits(cluster) == {("2500", "50s", "45s")}, "HAProxy has the values of Consul")
            until(lambda: limits(cluster) == {("3000", "60s", "45s")}, "HAProxy has the values of the config")
        cluster.up()
        assert limits(cluster) == {("4096", "60s", "60s")}
    assert started(cluster, nodes) == before


def test_a_configuration_that_haproxy_refuses_changes_nothing_and_is_told_with_its_reason(
    cluster: Project, consul: httpx.Client, nodes: Mapping[str, str], urls: list[str]
) -> None:
    before = started(cluster, nodes)
    with in_flight(urls, "rest.example.com"):
        # 116 days, in more milliseconds than HAProxy counts
        with keys(consul, {"timeoutClient": 9_999_999, "maxconn": 2500}):
            refused = "test -e /etc/haproxy/refused && echo refused || true"
            until(lambda: set(on_all(cluster, SLAVES, refused).values()) == {"refused"}, "HAProxy refuses it")
            assert limits(cluster) == {("4096", "60s", "60s")}
            status = cluster.make("status", check=False)
            assert status.returncode != 0
            said = re.sub(r"\s+", " ", status.stdout)
            for slave in SLAVES:
                assert f"{slave}: haproxy goes on with its last configuration" in said
            assert "timer overflow" in said
            with configured(cluster, haproxyConfig={"timeoutServer": 45}):
                failed = cluster.up(check=False)
            assert failed.returncode != 0
            assert "slave-1 consul-template: haproxy goes on with its last configuration" in failed.stdout
            assert "timer overflow" in failed.stdout
        until(lambda: limits(cluster) == {("4096", "60s", "45s")}, "HAProxy takes the next one that is right")
        with configured(cluster, haproxyConfig={"timeoutServer": 45}):
            cluster.up()
        cluster.up()
        assert limits(cluster) == {("4096", "60s", "60s")}
    assert cluster.well()
    assert started(cluster, nodes) == before


def edition(name: str, number: int) -> str:
    """Push an image that differs from the mirror's `name`:standin in its environment alone; its digest."""
    with httpx.Client(base_url=f"http://{MIRROR}/v2/{name}", trust_env=False) as mirror:
        manifest = mirror.get("/manifests/standin", headers={"Accept": MANIFEST}).json()
        config = mirror.get(f"/blobs/{manifest['config']['digest']}").json()
        config["config"]["Env"].append(f"EDITION={number}")
        content = json.dumps(config).encode()
        manifest["config"] |= {"digest": digest(content), "size": len(content)}
        place = httpx.URL(mirror.post("/blobs/uploads/").raise_for_status().headers["Location"])
        mirror.put(place.copy_add_param("digest", digest(content)), content=content).raise_for_status()
        listed = json.dumps(manifest).encode()
        mirror.put(
            f"/manifests/edition-{number}", content=listed, headers={"Content-Type": MANIFEST}
        ).raise_for_status()
        return digest(listed)


def swap(cluster: Project, one: str, other: str) -> None:
    """Let the mirror give under the digest `one` what belongs to `other`."""
    blobs = Home(cluster.folder).registry / LAYOUT / "blobs" / "sha256"
    files = [blobs / name[7:9] / name.removeprefix("sha256:") / "data" for name in (other, one)]
    cluster.run(*([] if os.getuid() == 0 else ["sudo", "-n"]), "cp", *map(str, files))


def test_an_image_that_can_not_be_had_stops_its_step_alone_and_one_that_can_restarts_its_service_alone(
    cluster: Project, nodes: Mapping[str, str]
) -> None:
    name = "gliderlabs/registrator"
    right, wrong = edition(name, 2), edition(name, 3)
    swap(cluster, wrong, right)
    before = started(cluster, nodes)
    mirror = f"-p tcp -d {VPC}.0.1 --dport 5000 -j REJECT"
    cluster.on("slave-1", f"sudo iptables -I OUTPUT {mirror}")
    images = yaml.safe_load((cluster.folder / "Pulumi.sandbox.yaml").read_text())["config"]["apollo:images"]
    pinned = {**images, "registrator": f"{name}@{wrong}"}
    with configured(cluster, images=pinned, haproxyConfig={"maxconn": 3000}):
        failed = cluster.up(check=False)
    cluster.on("slave-1", f"sudo iptables -D OUTPUT {mirror}")
    assert failed.returncode != 0
    for node in nodes:
        why = f"{node} registrator: the image could not be pulled on this node, for docker's reason above"
        assert f"{why}: {MIRROR}/{name}@{wrong}" in failed.stdout
    assert failed.stdout.count("connection refused") == 1
    assert failed.stdout.count(f"manifest verification failed for digest {wrong}") == len(nodes) - 1
    assert started(cluster, nodes) == before
    assert {found[0] for found in limits(cluster)} == {"3000"}
    with configured(cluster, images={**images, "registrator": f"{name}@{right}"}):
        cluster.up()
        assert previewed(cluster) == set()
        after = started(cluster, nodes)
        assert {key for key in before if after[key] != before[key]} == {(node, "/registrator") for node in nodes}
        asked = "sudo docker inspect -f '{{.Config.Env}}' registrator | grep -o EDITION=."
        assert set(on_all(cluster, nodes, asked).values()) == {"EDITION=2"}
    assert previewed(cluster) == {f"{node}-registrator" for node in nodes}
    cluster.up()


@pytest.fixture(scope="module")
def scope(cluster: Project, urls: list[str]) -> Iterator[None]:
    """The cluster with Scope beside all other services."""
    del urls  # Marathon is there again before the app is taken away
    listed = json.loads(cluster.pulumi("stack", "output", "services", "--json").stdout)
    with configured(cluster, services=[*listed, "scope"]):
        cluster.up()
        yield
    cluster.up()


@pytest.mark.usefixtures("scope")
def test_scope_draws_every_host_and_its_containers_on_each_master_inside(
    cluster: Project, nodes: Mapping[str, str], urls: list[str]
) -> None:
    assert urls
    containers = on_all(cluster, nodes, "sudo docker ps --no-trunc --format '{{.ID}}'")
    running = {f"{id};<container>" for said in containers.values() for id in said.split()}

    def drawn(master: str, topology: str) -> Mapping[str, Any]:
        answer = httpx.get(f"http://{nodes[master]}:4040/api/topology/{topology}", trust_env=False)
        return dict(answer.raise_for_status().json()["nodes"])

    for master in (name for name in nodes if name.startswith("master")):

        def whole(master: str = master) -> bool:
            hosts = {host["label"] for host in drawn(master, "hosts").values()}
            return hosts == set(nodes) and drawn(master, "containers").keys() >= running

        until(whole, f"{master}'s Scope shows every host and its containers")
        assert "<title>Scope" in httpx.get(f"http://{nodes[master]}:4040/", trust_env=False).text
    elsewhere = "for a in 127.0.0.1 $(ip -4 -o addr show dev weave | sed 's/.*inet \\([0-9.]*\\).*/\\1/'); do"
    refused = cluster.on("master-1", f"{elsewhere} curl -s -m 5 http://$a:4040/ || echo $?; done")
    assert refused.split() == ["7", "7"]


@pytest.mark.usefixtures("scope")
def test_nothing_listens_on_every_address_but_haproxy_ssh_and_the_router(
    cluster: Project, nodes: Mapping[str, str]
) -> None:
    everywhere = {("tcp", 22), ("tcp", 6783), ("udp", 6783), ("udp", 6784)}
    with container(cluster, "slave-1", "mapped", "-p 8099:8000", PYTHON, "sleep 300"):
        said = on_all(cluster, nodes, "sudo ss -Hltnu; ip -4 -o addr show dev weave | sed 's/.*inet /bridge /'")
    for node, lines in said.items():
        rows = [line.split() for line in lines.splitlines()]
        bridge = next(row[1].partition("/")[0] for row in rows if row[0] == "bridge")
        listening = {(row[0], *row[4].rsplit(":", 1)) for row in rows if row[0] != "bridge"}
        open_to_all = {(kind, int(port)) for kind, host, port in listening if host in EVERY_ADDRESS}
        assert open_to_all - everywhere == ({("tcp", 80)} if node in SLAVES else set()), node
        for kind, host, port in listening:
            own = host in (nodes[node], f"[::ffff:{nodes[node]}]", bridge, *EVERY_ADDRESS)
            assert own or host.startswith(("127.", "[::1]")), f"{node} listens on {kind} {host}:{port}"
    assert f"{nodes['slave-1']}:8099" in said["slave-1"]


@pytest.mark.usefixtures("scope")
def test_the_tunnel_opens_every_page_on_localhost_and_ends_without_a_trace(cluster: Project) -> None:
    tunnel = cluster.start("make", "--no-print-directory", "tunnel")
    assert tunnel.stdout
    lines = []
    try:
        for line in tunnel.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        pages = dict(re.findall(r"^(\w+) +(http://localhost:\d+/\S*)", "".join(lines), re.MULTILINE))
        assert set(pages) == {"consul", "mesos", "marathon", "haproxy", "scope"}, "".join(lines)
        for page, url in pages.items():
            assert httpx.get(url, trust_env=False, timeout=30).status_code == httpx.codes.OK, page
    finally:
        os.killpg(tunnel.pid, signal.SIGINT)
        rest, _ = tunnel.communicate(timeout=60)
    assert not re.search("Traceback|Error|warning", rest), rest
    for url in pages.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", httpx.URL(url).port or 80), timeout=5)


def paths(cluster: Project, nodes: Collection[str], *listed: str) -> dict[str, set[str]]:
    """Which of these are there, on each of the nodes."""
    said = on_all(cluster, nodes, f"sudo ls -d {' '.join(listed)} 2>/dev/null || true")
    return {node: set(found.split()) for node, found in said.items()}


@pytest.mark.usefixtures("scope")
def test_services_that_are_left_out_are_gone_but_for_their_data_and_come_back_with_it(
    cluster: Project, consul: httpx.Client, nodes: Mapping[str, str], urls: list[str]
) -> None:
    begin = int(time.time())
    served = answers(urls[0], "rest")
    gone = {
        "registrator",
        "zookeeper",
        "mesos-master",
        "mesos-agent",
        "marathon",
        "haproxy",
        "scope-app",
        "scope-probe",
    }
    files = [f"/etc/systemd/system/{unit}.service" for unit in (*sorted(gone), "consul-template")]
    files += ["/etc/zookeeper/zoo.cfg", "/etc/registrator/environment", "/usr/local/bin/haproxy-reload"]
    files += ["/usr/local/bin/consul-template", "/etc/haproxy/*", "/etc/consul/service-*", "/etc/consul-template/*"]
    data = {"/var/lib/zookeeper/version-2", "/var/lib/mesos-master", "/var/lib/mesos-agent"}
    kept = paths(cluster, nodes, *data)
    before = started(cluster, nodes)
    with configured(cluster, services=["consul", "dns"]):
        cluster.up()
        assert cluster.well()
        left = started(cluster, nodes)
        assert left == {(node, "/consul"): before[node, "/consul"] for node in nodes}
        assert paths(cluster, nodes, *files) == {node: set() for node in nodes}
        assert paths(cluster, nodes, *data) == kept
        killed = on_all(cluster, nodes, f"sudo journalctl --since @{begin} | grep 'timed out. Killing' || true")
        assert killed == dict.fromkeys(nodes, "")
        until(
            lambda: set(consul.get("/v1/catalog/services").json()) <= {"consul", "rest"}, "Consul lists none of them"
        )
        for url in urls:
            with pytest.raises(httpx.ConnectError):
                httpx.get(url, trust_env=False)
    cluster.up()
    assert set(started(cluster, nodes)) == set(before)
    # What Marathon knew is among ZooKeeper's data, and the containers went on meanwhile.
    until(lambda: all(answers(url, "rest") == served for url in urls), "the same instances answer by HAProxy")
