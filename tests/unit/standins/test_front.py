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
    made = Front("me:8080", leader=lambda: leader, config=dict, timeout=0.1)
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
