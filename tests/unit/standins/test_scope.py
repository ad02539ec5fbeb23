"""Scope: a probe's report reaches the app's pages, and leaves them when the probe is silent."""

import socket

from sandbox.standins.common.docker import Docker
from sandbox.standins.common.fetch import call
from sandbox.standins.common.web import Server
from sandbox.standins.scope.app import App
from sandbox.standins.scope.probe import Probe
from tests.unit.standins.fakedocker import FakeDocker


def test_hosts_and_containers_are_listed_while_their_probe_reports(docker: FakeDocker) -> None:
    now = [0.0]
    server = Server("127.0.0.1", 0, App(clock=lambda: now[0]).pages())
    url = f"http://127.0.0.1:{server.port}"
    docker.run("web", {"Image": "web:1"}, address="10.2.10.2")
    probe = Probe((url,), Docker(docker.socket))
    probe.send(url, probe.report())
    hosts = call("GET", f"{url}/api/topology/hosts").json()["nodes"]
    assert [node["label"] for node in hosts.values()] == [socket.gethostname()]
    (container,) = call("GET", f"{url}/api/topology/containers").json()["nodes"].values()
    assert (container["label"], container["labelMinor"]) == ("web", socket.gethostname())
    page = call("GET", url).body.decode()
    assert all(text in page for text in ("not the real one", "web:1", "10.2.10.2"))
    now[0] = 16
    assert call("GET", f"{url}/api/topology/hosts").json()["nodes"] == {}
    server.close()
