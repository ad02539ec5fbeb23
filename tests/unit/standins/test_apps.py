"""What users write, and what becomes of it."""

from typing import Any

import pytest

from sandbox.standins.common.web import Refused
from sandbox.standins.marathon import placing
from sandbox.standins.marathon.apps import normalise
from tests.unit.standins.cluster import app


@pytest.mark.parametrize(
    ("change", "path", "error"),
    [
        ({"id": "/Web"}, "/id", "must fully match regular expression"),
        ({"instances": -1}, "/instances", "error.min"),
        ({"container": {"docker": {}}}, "/container/docker/image", "must not be empty"),
        ({"container": {"type": "MESOS", "docker": {"image": "a"}}}, "/container/type", "type DOCKER only"),
        ({"constraints": [["hostname", "ODD"]]}, "/constraints(0)", "this stand-in has no ODD"),
        ({"env": {"A": 1}}, "/env", "error.expected.jsstring"),
        ({"healthChecks": [{"protocol": "COMMAND"}]}, "/healthChecks(0)/protocol", "has no COMMAND checks"),
        ({"container": {"docker": {"image": "a"}}}, "/networks", "this stand-in has no network HOST"),
        ({"fetch": [{"uri": "a"}]}, "/fetch", "this stand-in has no fetch"),
        ({"container": {"docker": {"image": "a", "privileged": True}}}, "/container/docker/privileged", "has no"),
        ({"container": {"docker": {"image": "a"}, "volumes": [{}]}}, "/container/volumes", "has no volumes"),
    ],
)
def test_a_wrong_app_is_refused_in_marathons_form(change: dict[str, Any], path: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        normalise({**app(), **change})
    assert refused.value.status == 422
    assert refused.value.body["message"] == "Object is not valid"
    (found,) = (each for each in refused.value.body["details"] if each["path"] == path)
    assert error in found["errors"][0]


def test_an_app_without_port_mapping_asks_for_no_port() -> None:
    container = {"docker": {"image": "web:1", "network": "BRIDGE"}, "portMappings": []}
    definition = normalise(app(container=container)) | {"version": "v"}
    task = placing.task(definition, "t", "f", [])
    assert (task["port_mappings"], task["ports"]) == ([], [])
    assert "PORT0" not in task["env"]
