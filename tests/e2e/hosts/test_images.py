"""Every image of the sandbox's registry, pulled and run on a host."""

import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from ops.images.check import Found
from sandbox.home import Home
from sandbox.hosts.base.build import any_base
from sandbox.images.catalogue import MESOS, STANDINS
from sandbox.images.docker_registry import Registry
from sandbox.images.layers import layers
from sandbox.images.oci import Image, Packed, digest, pack
from sandbox.images.published import cached
from sandbox.images.registry_storage import offer
from sandbox.images.skopeo import look_up, take
from tests.e2e.conftest import RANGES, sandbox_command
from tests.e2e.hosts.cluster import Cluster, until

VPC = IPv4Network(RANGES["vpcCidr"])
HOST, REGISTRY = str(VPC[20]), f"{VPC[1]}:5000"


@pytest.fixture(scope="module")
def cluster(sandbox: Home, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """One host, up."""
    assert sandbox.registry
    made = Cluster.make(tmp_path_factory.mktemp("cluster"), RANGES["vpcCidr"])
    made.run("one", HOST)
    made.until_running(HOST)
    return made


@pytest.fixture
def upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A second registry, on loopback, with none of the sandbox's images: its storage and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    base = any_base(Home())
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("APOLLO_SANDBOX", str(tmp_path / "upstream"))
        elsewhere.setenv("XDG_CACHE_HOME", str(tmp_path))
        home = Home(tmp_path)
        home.prepare()
        storage = home.registry
        registry = Registry(home, base, address)
        registry.start()
    yield storage, address
    registry.stop()


def docker(cluster: Cluster, command: str) -> str:
    return cluster.output(HOST, f"sudo docker {command}")


@pytest.mark.parametrize(
    ("image", "command", "says"),
    [
        ("hashicorp/consul:1.22.7-built", "version", "Consul v1.22.7"),
        (
            "hashicorp/consul:1.22.7-built",
            "agent -bootstrap-expect=0 -unknown",
            "flag provided but not defined: -unknown",
        ),
        ("hashicorp/consul-template:0.41.1-built", "-version", "consul-template v0.41.1"),
        ("haproxy:3.0", "haproxy -v", "HAProxy version 3.0"),
        ("haproxy:3.0", "id haproxy", "uid=99(haproxy)"),
        ("python:3.13", "python3 -Ic 'import kazoo.client, sys; print(sys.version)'", "3.13"),
        *((f"{name}:standin", "--version", "stand-in") for name, _ in STANDINS.values()),
        *(("mesosphere/mesos:standin", f"{program} --version", "stand-in") for program in MESOS),
    ],
)
def test_a_program_of_the_registry_starts(cluster: Cluster, image: str, command: str, says: str) -> None:
    done = cluster.ssh(HOST, f"sudo docker run --rm --network host {REGISTRY}/{image} {command} 2>&1")
    assert says in done.stdout


def test_images_share_the_layer_that_is_below_all(cluster: Cluster) -> None:
    names = [f"{REGISTRY}/haproxy:3.0", f"{REGISTRY}/hashicorp/consul:1.22.7-built"]
    for name in names:
        docker(cluster, f"pull --quiet {name}")
    layers = [json.loads(docker(cluster, f"inspect --format '{{{{json .RootFS.Layers}}}}' {name}")) for name in names]
    assert layers[0][0] == layers[1][0]
    assert layers[0][1] != layers[1][1]


def test_consul_serves_its_api_and_its_ui(cluster: Cluster) -> None:
    docker(cluster, f"run --detach --name consul --network host {REGISTRY}/hashicorp/consul:1.22.7-built")
    leader = until(lambda: cluster.ssh(HOST, "curl -sf http://127.0.0.1:8500/v1/status/leader").stdout, "a leader")
    assert "8300" in leader
    assert "<title>Consul" in cluster.output(HOST, "curl -sfL http://127.0.0.1:8500/ui/")
    assert "consul" in docker(cluster, "exec consul consul catalog services")
    docker(cluster, "rm --force consul")


@pytest.mark.parametrize("how", ["files", "environment"])
def test_zookeeper_says_imok(cluster: Cluster, how: str) -> None:
    options = "--env ZOO_4LW_COMMANDS_WHITELIST=ruok,srvr"
    if how == "files":
        config = "dataDir=/data\\nclientPort=2181\\nadmin.enableServer=false\\n4lw.commands.whitelist=ruok,srvr\\n"
        cluster.output(HOST, f"mkdir -p conf && printf '{config}' > conf/zoo.cfg")
        options = "--volume $PWD/conf:/conf:ro"
    docker(cluster, f"run --detach --name zk --network host {options} {REGISTRY}/zookeeper:3.9")
    ask = "sudo docker exec zk sh -c 'echo {} | nc 127.0.0.1 2181'"
    until(lambda: cluster.ssh(HOST, ask.format("ruok")).stdout == "imok", "imok")
    assert "Zookeeper version: 3.9" in cluster.output(HOST, ask.format("srvr"))
    docker(cluster, "rm --force zk")


def test_haproxy_as_the_official_image_starts_it_answers_and_changes_its_config_alive(cluster: Cluster) -> None:
    config = "defaults\\n mode http\\n timeout connect 1s\\n timeout client 1s\\n timeout server 1s\\n"
    config += "frontend web\\n bind :80\\n http-request return status 200 content-type text/plain string {}\\n"
    write = "mkdir -p ha && printf '{}' > ha/haproxy.cfg"
    cluster.output(HOST, write.format(config.format("first")))
    volume = "$PWD/ha:/usr/local/etc/haproxy:ro"
    docker(cluster, f"run --detach --name ha --network host --volume {volume} {REGISTRY}/haproxy:3.0")
    answer = "curl -s http://127.0.0.1/"
    until(lambda: cluster.ssh(HOST, answer).stdout == "first", "the first answer")
    cluster.output(HOST, write.format(config.format("second")))
    docker(cluster, "exec ha haproxy -c -f /usr/local/etc/haproxy/haproxy.cfg")
    docker(cluster, "kill --signal USR2 ha")
    until(lambda: cluster.ssh(HOST, answer).stdout == "second", "the second answer")
    docker(cluster, "rm --force ha")


def test_the_demonstrations_service_finishes_what_is_in_flight_when_it_stops(cluster: Cluster) -> None:
    name = "--name api --network host --env SERVICE_NAME=api --env PORT=31005"
    docker(cluster, f"run --detach {name} {REGISTRY}/apollo/nodejs-rest-api:1")
    until(lambda: cluster.ssh(HOST, "curl -sf http://127.0.0.1:8080/health").returncode == 0, "health")
    assert json.loads(cluster.output(HOST, "curl -sf http://127.0.0.1:8080/"))["service"] == "api"
    slow = "curl -sf 'http://127.0.0.1:8080/slow?ms=2000' > slow & "
    sent = "until sudo ss -Htn state established '( sport = :8080 )' | grep -q .; do :; done; "
    stopped = cluster.output(HOST, f"{slow}{sent}sudo docker stop --time 10 api; wait $! && cat slow")
    assert json.loads(stopped.removeprefix("api"))["ms"] == 2000
    assert docker(cluster, "inspect --format '{{.State.ExitCode}}' api") == "0"
    docker(cluster, "rm --force api")


PUBLISHED = "apollo/published:1"


def index_of(image: Packed) -> Packed:
    """An index of the image and of one for another platform that is not there."""
    platforms = {"arm64": "sha256:" + "0" * 64, "amd64": image.digest}
    entries = [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": name,
            "size": len(image.manifest),
            "platform": {"os": "linux", "architecture": architecture},
        }
        for architecture, name in platforms.items()
    ]
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}
    return replace(image, manifest=json.dumps(index).encode(), entries=[image.manifest])


def test_a_published_image_comes_through_skopeo_and_is_pulled_by_its_tag_and_the_digest_of_its_index(
    cluster: Cluster, sandbox: Home, upstream: tuple[Path, str]
) -> None:
    storage, address = upstream
    name, _, tag = PUBLISHED.partition(":")
    bottom = layers(sandbox)["bottom"]
    image = Image(
        name=name, tag=tag, layers=[bottom], files={"app/text": b"published"}, entrypoint=["cat", "/app/text"]
    )
    index = index_of(pack(image))
    offer(storage, [index])
    reference, found = look_up([PUBLISHED], address, seconds=30)[PUBLISHED]
    assert isinstance(found, Found), found
    take(sandbox, {PUBLISHED: (reference, found)}, print)
    try:
        assert f"the registry has {PUBLISHED}@{digest(index.manifest)}\n" in sandbox_command("image").stdout
    finally:
        shutil.rmtree(cached(sandbox)[PUBLISHED].folder)
    for wanted in (PUBLISHED, f"{PUBLISHED}@{index.digest}"):
        docker(cluster, f"pull --quiet {REGISTRY}/{wanted}")
        assert docker(cluster, f"run --rm {REGISTRY}/{wanted}") == "published"
        shown = docker(cluster, f"image inspect --format '{{{{json .RepoDigests}}}}' {REGISTRY}/{wanted}")
        assert json.loads(shown) == [f"{REGISTRY}/{name}@{index.digest}"]
        docker(cluster, f"rmi --force {REGISTRY}/{wanted}")
