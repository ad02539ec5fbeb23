"""A Marathon that does not lead: what it answers itself, and when it gives the leader up."""

import socket

import pytest

from sandbox.standins.common.web import Refused, Request
from sandbox.standins.marathon.front import Front

APPS = Request(method="GET", path="/v2/apps", target="/v2/apps")


def front(leader: str | None) -> Front:
    return Front("me:8080", lambda: leader, dict, lambda: None, connecting=0.1, reading=0.1)


def test_a_leader_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Refused) as refused:
        front(f"127.0.0.1:{silent.getsockname()[1]}")(APPS)
    assert (refused.value.status, str(refused.value).endswith("timed out")) == (502, True)


@pytest.mark.parametrize("leader", [None, "me:8080"])
def test_without_a_leader_that_is_ready_there_is_no_api(leader: str | None) -> None:
    with pytest.raises(Refused, match="Could not determine the current leader") as refused:
        front(leader)(APPS)
    assert refused.value.status == 502
