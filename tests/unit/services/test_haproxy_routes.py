"""What HAProxy publishes of Consul's catalogue and which requests it repeats: consul-template and HAProxy run it."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest

from infra.services import haproxy_config
from tests.unit.plans import plan
from tests.unit.services.conftest import Haproxy
from tests.unit.services.ports import free_ports
from tests.unit.waiting import until


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of loopback on which this handler answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@dataclass
class App:
    """An app that closes the connection of its first `refuses` requests, and the methods that it was asked by."""

    refuses: int = 0
    asked: list[str] = field(default_factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        class Handler(Quiet):
            def answer(handler) -> None:  # noqa: N805
                self.asked.append(handler.command)
                if len(self.asked) > self.refuses:
                    handler.send_response(200)
                    handler.send_header("content-length", "0")
                    handler.end_headers()

            do_GET = do_POST = answer  # noqa: N815

        return Handler


def consul(services: dict[str, tuple[list[str], int]]) -> type[BaseHTTPRequestHandler]:
    """Consul's catalogue, by name of the service its tags and its port on loopback; it has no keys."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            answer: object = None
            if path == "/v1/catalog/services":
                answer = {name: tags for name, (tags, _) in services.items()}
            elif path.startswith("/v1/health/service/"):
                name = path.rsplit("/", 1)[1]
                tags, port = services[name]
                answer = [
                    {
                        "Node": {"Node": "slave-1", "Address": "127.0.0.1"},
                        "Service": {"ID": name, "Service": name, "Tags": tags, "Address": "127.0.0.1", "Port": port},
                        "Checks": [{"Status": "passing"}],
                    }
                ]
            self.send_response(200 if answer is not None else 404)
            self.send_header("X-Consul-Index", "7")
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode() if answer is not None else b"")

    return Handler


@pytest.fixture
def rendered(
    consul_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[tuple[App, int, Path]]":
    """An app behind HAProxy's configuration of this catalogue, HAProxy's port, and the configuration's file."""
    whole, app = plan(), App()
    http, stats = free_ports(2)
    monkeypatch.setattr(haproxy_config, "HTTP_PORT", http)
    monkeypatch.setattr(haproxy_config, "STATS_PORT", stats)
    here = replace(whole.slaves[0], private_address=IPv4Address("127.0.0.1"))
    source, made = tmp_path / "haproxy.cfg.ctmpl", tmp_path / "haproxy.cfg"
    source.write_text(haproxy_config.source(here, whole))
    with served(app.handler()) as port, served(consul(catalogue(port))) as address:
        subprocess.run(
            [consul_template, "-once", f"-consul-addr=127.0.0.1:{address}", f"-template={source}:{made}"],
            check=True,
            capture_output=True,
            timeout=30,
        )
        yield app, http, made


def catalogue(port: int) -> dict[str, tuple[list[str], int]]:
    return {
        "consul": ([], 8300),
        "mesos-master": (["apollo"], 5050),
        "marathon": (["leader", "apollo"], 8080),
        "Shop": (["v1"], port),
        "bad name": ([], port),
    }


def test_the_apps_of_the_catalogue_are_published_and_the_clusters_own_services_are_not(
    rendered: tuple[App, int, Path], haproxy_program: Haproxy
) -> None:
    _, _, made = rendered
    checked = haproxy_program.run("-c", "-f", str(made))
    assert checked.returncode == 0, checked.stderr
    backends = [line.split()[1] for line in made.read_text().splitlines() if line.startswith("backend ")]
    assert backends == ["unknown", "shop.example.com"]


@pytest.fixture
def running(rendered: tuple[App, int, Path], haproxy_program: Haproxy) -> Iterator[tuple[App, str]]:
    """The app behind a HAProxy that runs, and HAProxy's URL."""
    app, port, made = rendered
    # Without the section of the process itself: its user and its socket are the container's.
    text = made.read_text()
    made.write_text(text[text.index("\ndefaults\n") :])
    process = haproxy_program.start("-db", "-f", str(made))
    try:
        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "HAProxy listens")
        yield app, f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("method", "refuses", "status", "asked"),
    [
        ("GET", 0, 200, ["GET"]),
        ("GET", 1, 200, ["GET", "GET"]),
        ("POST", 0, 200, ["POST"]),
        ("POST", 1, 502, ["POST"]),
    ],
)
def test_a_request_that_may_have_been_done_is_repeated_only_where_that_changes_nothing(
    method: str, refuses: int, status: int, asked: list[str], running: tuple[App, str]
) -> None:
    app, url = running
    app.refuses = refuses
    answer = httpx.request(method, url, headers={"host": "shop.example.com"})
    assert (answer.status_code, app.asked) == (status, asked)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example.com", 200),
        ("SHOP.example.com:80", 200),
        ("mesos-master.example.com", 404),
        ("marathon.example.com", 404),
        ("consul.example.com", 404),
        ("example.com", 404),
    ],
)
def test_a_host_leads_to_the_app_of_its_name_and_no_other_host_anywhere(
    host: str, status: int, running: tuple[App, str]
) -> None:
    _, url = running
    assert httpx.get(url, headers={"host": host}).status_code == status
