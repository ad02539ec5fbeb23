"""registrator: names, ids and checks as tables; and a Consul agent on loopback."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.web import Request, Server, answering, body
from sandbox.standins.registrator.__main__ import follow
from sandbox.standins.registrator.bridge import Bridge
from sandbox.standins.registrator.consul import Consul
from sandbox.standins.registrator.services import registration, services_of
from tests.unit.standins.fakedocker import FakeDocker
from tests.unit.waiting import until


def container(*env: str, ports: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "Id": "0123456789abcdef",
        "Name": "/mesos-1",
        "Config": {"Image": "me/web:1", "Env": list(env), "Labels": {}},
        "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {
            "IPAddress": "10.2.10.2",
            "Networks": {"bridge": {"IPAddress": "10.2.10.2"}},
            "Ports": {"8080/tcp": None} if ports is None else ports,
        },
    }


TWO: dict[str, Any] = {"80/tcp": None, "443/tcp": None}


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (container(), [("h:mesos-1:8080", "web", "10.2.10.2", 8080)]),
        (container(ports={}), []),
        (container("SERVICE_NAME=api"), [("h:mesos-1:8080", "api", "10.2.10.2", 8080)]),
        (container("SERVICE_8080_NAME=api"), [("h:mesos-1:8080", "api", "10.2.10.2", 8080)]),
        (container("SERVICE_IGNORE=1"), []),
        (
            container("SERVICE_NAME=api", "SERVICE_443_NAME=tls", ports=TWO),
            [("h:mesos-1:80", "api-80", "10.2.10.2", 80), ("h:mesos-1:443", "tls", "10.2.10.2", 443)],
        ),
        (container("SERVICE_80_IGNORE=1", ports=TWO), [("h:mesos-1:443", "web-443", "10.2.10.2", 443)]),
    ],
)
def test_a_container_has_these_services(which: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert [(s.id, s.name, s.address, s.port) for s in services_of(which, "h")] == expected


@pytest.mark.parametrize(
    ("env", "check"),
    [
        ([], None),
        (["SERVICE_CHECK_TCP=true"], {"TCP": "10.2.10.2:8080", "Interval": "10s"}),
        (
            ["SERVICE_8080_CHECK_HTTP=/h", "SERVICE_CHECK_INTERVAL=3s", "SERVICE_CHECK_TIMEOUT=1s"],
            {"HTTP": "http://10.2.10.2:8080/h", "Interval": "3s", "Timeout": "1s"},
        ),
    ],
)
def test_checks_go_to_consul_as_registrator_has_them(env: list[str], check: dict[str, Any] | None) -> None:
    (service,) = services_of(container(*env), "h")
    assert registration(service).get("Check") == check


@pytest.mark.parametrize(
    ("tags", "port", "expected"),
    [
        ("", "80/tcp", []),
        ("a,b", "80/tcp", ["b", "a"]),
        (r"a,b\,c,,d", "80/tcp", ["d", "b,c", "a"]),
        ("a,b", "53/udp", ["b", "a", "udp"]),
    ],
)
def test_tags_are_split_at_commas_and_the_last_comes_first(tags: str, port: str, expected: list[str]) -> None:
    (service,) = services_of(container(f"SERVICE_TAGS={tags}", ports={port: None}), "h")
    assert registration(service)["Tags"] == expected


def test_other_variables_of_a_service_are_its_metadata_in_consul() -> None:
    env = ("SERVICE_NAME=api", "SERVICE_ID=one", "SERVICE_TAGS=a", "SERVICE_COLOR=red", "SERVICE_8080_CHECK_HTTP=/h")
    (service,) = services_of(container(*env), "h")
    assert registration(service)["Meta"] == {"color": "red", "check_http": "/h"}


def test_a_container_on_the_hosts_network_has_the_exposed_ports_and_consuls_address_for_the_node() -> None:
    on_host = container(ports={})
    on_host["Config"]["ExposedPorts"] = {"8080/tcp": {}}
    on_host["NetworkSettings"] |= {"IPAddress": "", "Networks": {"host": {"IPAddress": ""}}}
    (service,) = services_of(on_host, "h")
    assert registration(service) | {"Meta": {}} == {
        "ID": "h:mesos-1:8080",
        "Name": "web",
        "Port": 8080,
        "Tags": [],
        "Address": "",
        "Meta": {},
    }


class FakeConsul:
    def __init__(self) -> None:
        self.services: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()
        self.server = Server("127.0.0.1", 0, answering(self.answer))
        self.url = f"http://127.0.0.1:{self.server.port}"

    def answer(self, request: Request) -> dict[str, Any]:
        self.tokens.add(request.get_header("x-consul-token"))
        what = request.path.removeprefix("/v1/agent/")
        if what == "service/register":
            service = body()
            self.services[service["ID"]] = {**service, "Service": service["Name"]}
        elif what.startswith("service/deregister/"):
            self.services.pop(what.removeprefix("service/deregister/"))
        return self.services


@pytest.fixture
def consul() -> Iterator[FakeConsul]:
    made = FakeConsul()
    yield made
    made.server.close()


def bridge(consul: FakeConsul, docker: FakeDocker) -> Bridge:
    return Bridge(Docker(docker.socket), Consul(consul.url, "secret"), "h", cleanup=True)


def test_a_container_is_registered_from_its_start_to_its_end(consul: FakeConsul, docker: FakeDocker) -> None:
    docker.run("early", {}, ports={"80/tcp": None})
    made = bridge(consul, docker)

    def until_closed() -> None:
        with contextlib.suppress(DockerError):
            follow(made, Docker(docker.socket), 0)

    thread = threading.Thread(target=until_closed, daemon=True)
    thread.start()
    until(lambda: set(consul.services) == {"h:early:80"}, "what ran before")
    docker.run("late", {}, address="10.2.10.3", ports={"80/tcp": None})
    until(lambda: set(consul.services) == {"h:early:80", "h:late:80"}, "what started")
    assert consul.services["h:late:80"]["Address"] == "10.2.10.3"
    docker.end("early")
    until(lambda: set(consul.services) == {"h:late:80"}, "the end of what ended")
    assert consul.tokens == {"secret"}
    docker.hang_up()
    thread.join(5)
    assert not thread.is_alive(), "registrator ends when docker does, and its init system starts it again"


def test_a_sync_heals_an_entry_and_with_cleanup_removes_only_its_own_stale_ones(
    consul: FakeConsul, docker: FakeDocker
) -> None:
    docker.run("web", {}, ports={"80/tcp": None})
    made = bridge(consul, docker)
    made.sync(quiet=False)
    for id, name in (("h:gone:80", "x"), ("other:gone:80", "x"), ("consul", "consul"), ("h:web:81", "old")):
        consul.services[id] = {"ID": id, "Service": name}
    consul.services["h:web:80"]["Address"] = "10.9.9.9"
    made.sync(quiet=True)
    assert set(consul.services) == {"h:web:80", "other:gone:80", "consul"}
    assert consul.services["h:web:80"]["Address"] == "10.2.10.2"


def test_a_sync_removes_the_services_of_a_container_whose_end_was_missed(
    consul: FakeConsul, docker: FakeDocker
) -> None:
    for name in ("web", "shop"):
        docker.run(name, {}, ports={"80/tcp": None})
    made = bridge(consul, docker)
    made.sync(quiet=False)
    docker.end("web")
    made.sync(quiet=True)
    assert set(consul.services) == {"h:shop:80"}
