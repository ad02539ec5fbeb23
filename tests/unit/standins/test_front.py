"""A Marathon that does not lead: what it answers itself, and when it gives the leader up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.standins.common.fetch import call
from sandbox.standins.common.web import Server
from sandbox.standins.marathon.front import Front


@contextmanager
def front(leader: str | None) -> Iterator[str]:
    """The URL of a Marathon at `me`."""
    made = Front(
        "me:8080", leader=lambda: leader, config=dict, abdicate=lambda: None, connecting=0.1, reading=0.1
    )  # fmt: skip
    server = Server("127.0.0.1", 0, made.pages())
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()


def test_a_leader_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, front(f"127.0.0.1:{silent.getsockname()[1]}") as url:
        answer = call("GET", f"{url}/v2/apps")
    assert (answer.status, answer.json()["message"].endswith("timed out")) == (502, True)


@pytest.mark.parametrize("leader", [None, "me:8080"])
def test_without_a_leader_that_is_ready_there_is_no_api(leader: str | None) -> None:
    with front(leader) as url:
        answer = call("GET", f"{url}/v2/apps")
    assert (answer.status, answer.json()["message"]) == (502, "Could not determine the current leader")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v2/queue"), ("GET", "/v2/groups"), ("GET", "/metrics"), ("POST", "/v2/apps/web/restart")],
)
def test_an_unknown_request_is_refused_by_name_without_a_leader(method: str, path: str) -> None:
    with front(None) as url:
        answer = call(method, url + path, {} if method == "POST" else None)
    assert (answer.status, answer.json()["message"]) == (501, f"this stand-in has no {method} {path}")


def test_info_has_no_field_that_a_strict_client_refuses() -> None:
    real = {"name", "version", "buildref", "elected", "leader", "frameworkId", "marathon_config"}
    real |= {"zookeeper_config", "http_config"}
    with front("me:8080") as url:
        assert call("GET", f"{url}/v2/info").json().keys() <= real


@pytest.mark.parametrize("path", ["/v2/info", "/ping", "/", "/v2/apps", "/nope"])
def test_every_answer_names_the_stand_in_in_a_header(path: str) -> None:
    with front(None) as url:
        assert "stand-in" in call("GET", url + path).headers["server"]
