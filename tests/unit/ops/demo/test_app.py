"""An instance that Marathon reports as ended."""

from typing import Any

import httpx
import pytest

from ops.demo.app import App
from ops.remote.errors import OperatorError
from ops.remote.waiting import Timeouts
from sandbox.standins.common.web import reply
from tests.unit.ops.conftest import Serve

NOW, BEFORE = "2031-05-07T10:00:00.000Z", "2031-05-07T09:59:59.999Z"
FAILED = {"host": "10.0.0.13", "state": "TASK_FAILED", "message": "no such image", "version": NOW}
DOCKER = "`sudo docker run api:1` there shows why, and IMAGE=... takes another image"


async def deployed(serve: Serve, **more: Any) -> list[str]:
    """The nodes of an app with one instance, with `more` in what Marathon returns."""
    app = {
        "container": {"docker": {"image": "api:1"}},
        "versionInfo": {"lastConfigChangeAt": NOW},
        "tasksRunning": 1,
        "deployments": [],
        "tasks": [{"host": "10.0.0.14", "state": "TASK_RUNNING"}, {"host": "10.0.0.13", "state": "TASK_KILLING"}],
    }
    url = f"http://127.0.0.1:{serve(lambda _: reply({'app': app | more})).port}"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        node_of = {"10.0.0.13": "slave-1", "10.0.0.14": "slave-2"}.__getitem__
        marathon = App(name="api", marathon=client, consul=client, timeouts=Timeouts(deployed=0), node_of=node_of)
        return await marathon.deployed(1)


@pytest.mark.parametrize(
    ("failure", "reported"),
    [
        ({}, f"TASK_FAILED (no such image): {DOCKER}"),
        ({"message": ""}, f"TASK_FAILED (no reason given): {DOCKER}"),
        ({"state": "TASK_UNREACHABLE"}, "TASK_UNREACHABLE (no such image): `make status` reports on the node"),
    ],
)
async def test_an_instance_that_ended_is_reported_with_its_node_and_what_to_do(
    serve: Serve, failure: dict[str, str], reported: str
) -> None:
    with pytest.raises(OperatorError) as stopped:
        await deployed(serve, lastTaskFailure=FAILED | failure)
    assert str(stopped.value) == f"expected an instance of api:1 to run on slave-1, but got {reported}"


async def test_a_failure_before_the_last_change_of_the_definition_is_ignored(serve: Serve) -> None:
    assert await deployed(serve, lastTaskFailure=FAILED | {"version": BEFORE}) == ["slave-2"]
