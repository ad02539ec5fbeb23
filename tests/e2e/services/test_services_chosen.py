"""What a stack says that it runs: its images, Scope, the pages, and services that are left out."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import httpx
import pytest
import yaml

from bench.workspace import VPC, ProjectCopy
from sandbox.home import Home
from sandbox.images.oci import MANIFEST, digest
from sandbox.images.registry_storage import LAYOUT
from tests.e2e.hosts.cluster import until
from tests.e2e.services.seen import (
    MIRROR,
    PYTHON,
    SLAVES,
    answers,
    client,
    configured,
    container,
    limits,
    on_all,
    previewed,
    started,
)

EVERY_ADDRESS = ("0.0.0.0", "[::]", "*")  # noqa: S104


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


def swap(cluster: ProjectCopy, one: str, other: str) -> None:
    """Let the mirror give under the digest `one` what belongs to `other`."""
    blobs = Home(cluster.folder).registry / LAYOUT / "blobs" / "sha256"
    files = [blobs / name[7:9] / name.removeprefix("sha256:") / "data" for name in (other, one)]
    cluster.run(*([] if os.getuid() == 0 else ["sudo", "-n"]), "cp", *map(str, files))


def test_an_image_that_can_not_be_had_stops_the_roll_and_one_that_can_restarts_its_service_alone(
    cluster: ProjectCopy, nodes: Mapping[str, str]
) -> None:
    name = "gliderlabs/registrator"
    right, wrong = edition(name, 2), edition(name, 3)
    swap(cluster, wrong, right)
    before = started(cluster, nodes)
    images = yaml.safe_load((cluster.folder / "Pulumi.sandbox.yaml").read_text())["config"]["apollo:images"]
    why = "master-1 registrator: the image could not be pulled on this node, for docker's reason above"
    mirror = f"-p tcp -d {VPC}.0.1 --dport 5000 -j REJECT"
    with configured(cluster, images={**images, "registrator": f"{name}@{wrong}"}, haproxyMaxConnections=3000):
        unverified = cluster.up(check=False)
        cluster.on("master-1", f"sudo iptables -I OUTPUT {mirror}")
        unreachable = cluster.up(check=False)
    cluster.on("master-1", f"sudo iptables -D OUTPUT {mirror}")
    # The step that failed has it on its standard input.
    token = cluster.pulumi("config", "get", "consulAgentToken").stdout.strip()
    for failed in (unverified, unreachable):
        assert failed.returncode != 0
        assert f"{why}: {MIRROR}/{name}@{wrong}" in failed.stdout
        assert "the roll stopped at master-1" in failed.stdout
        assert token not in failed.stdout
    assert unverified.stdout.count(f"manifest verification failed for digest {wrong}") == 1
    assert unreachable.stdout.count("connection refused") == 1
    assert started(cluster, nodes) == before
    assert {found[0] for found in limits(cluster)} == {"4096"}
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
def scope(cluster: ProjectCopy, urls: list[str]) -> Iterator[None]:
    """The cluster with Scope beside all other services."""
    del urls  # Marathon is there again before the app is taken away
    listed = json.loads(cluster.pulumi("stack", "output", "services", "--json").stdout)
    with configured(cluster, services=[*listed, "scope"]):
        cluster.up()
        yield
    cluster.up()


@pytest.mark.usefixtures("scope")
def test_scope_draws_every_host_and_its_containers_on_each_master_inside(
    cluster: ProjectCopy, nodes: Mapping[str, str], urls: list[str]
) -> None:
    assert urls
    containers = on_all(cluster, nodes, "sudo docker ps --no-trunc --format '{{.ID}}'")
    running = {f"{id};<container>" for said in containers.values() for id in said.split()}

    def drawn(master: str, topology: str) -> Mapping[str, Any]:
        with client(nodes[master], 4040) as there:
            return dict(there.get(f"/api/topology/{topology}").raise_for_status().json()["nodes"])

    for master in (name for name in nodes if name.startswith("master")):

        def whole(master: str = master) -> bool:
            hosts = {host["label"] for host in drawn(master, "hosts").values()}
            return hosts == set(nodes) and drawn(master, "containers").keys() >= running

        until(whole, f"{master}'s Scope shows every host and its containers")
        with client(nodes[master], 4040) as there:
            assert "<title>Scope" in there.get("/").text
    elsewhere = "for a in 127.0.0.1 $(ip -4 -o addr show dev weave | sed 's/.*inet \\([0-9.]*\\).*/\\1/'); do"
    refused = cluster.on("master-1", f"{elsewhere} curl -s -m 5 http://$a:4040/ || echo $?; done")
    assert refused.split() == ["7", "7"]


@pytest.mark.usefixtures("scope")
def test_nothing_listens_on_every_address_but_haproxy_ssh_and_the_router(
    cluster: ProjectCopy, nodes: Mapping[str, str]
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
def test_the_tunnel_opens_every_page_on_localhost_and_ends_without_a_trace(cluster: ProjectCopy) -> None:
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


def paths(cluster: ProjectCopy, nodes: Collection[str], *listed: str) -> dict[str, set[str]]:
    """Which of these are there, on each of the nodes."""
    said = on_all(cluster, nodes, f"sudo ls -d {' '.join(listed)} 2>/dev/null || true")
    return {node: set(found.split()) for node, found in said.items()}


@pytest.mark.usefixtures("scope")
def test_services_that_are_left_out_are_gone_but_for_their_data_and_come_back_with_it(
    cluster: ProjectCopy, consul: httpx.Client, nodes: Mapping[str, str], urls: list[str]
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
        failed = on_all(cluster, nodes, f"systemctl is-failed {' '.join(gone)} | grep -x failed || true")
        assert failed == dict.fromkeys(nodes, "")
        until(
            lambda: set(consul.get("/v1/catalog/services").json()) <= {"consul", "rest"}, "Consul lists none of them"
        )
        for url in urls:
            with pytest.raises(httpx.ConnectError):
                answers(url, "rest")
    cluster.up()
    assert set(started(cluster, nodes)) == set(before)
    # What Marathon knew is among ZooKeeper's data, and the containers went on meanwhile.
    until(lambda: all(answers(url, "rest") == served for url in urls), "the same instances answer by HAProxy")
