"""What users write, and what becomes of it."""

from typing import Any

import pytest

from sandbox.standins.common.web import Refused
from sandbox.standins.marathon import ids, placing
from sandbox.standins.marathon.apps import normalise
from tests.unit.standins.cluster import app


@pytest.mark.parametrize(
    ("change", "path", "error"),
    [
        ({"id": "/Web"}, "/id", "must fully match regular expression"),
        ({"id": ""}, "/id", "must fully match regular expression"),
        ({"instances": "2"}, "/instances", "error.expected.jsnumber"),
        ({"instances": -1}, "/instances", "error.min"),
        ({"cpus": "half"}, "/cpus", "error.expected.jsnumber"),
        ({"container": None}, "/container", "this stand-in runs docker containers only"),
        ({"container": {"docker": {}}}, "/container/docker/image", "must not be empty"),
        ({"container": {"type": "MESOS", "docker": {"image": "a"}}}, "/container/type", "type DOCKER only"),
        ({"constraints": [["hostname", "ODD"]]}, "/constraints(0)", "this stand-in has no ODD"),
        ({"env": {"A": 1}}, "/env", "error.expected.jsstring"),
        ({"upgradeStrategy": {"minimumHealthCapacity": 2}}, "/upgradeStrategy/minimumHealthCapacity", "between"),
        ({"healthChecks": [{"protocol": "COMMAND"}]}, "/healthChecks(0)/protocol", "has no COMMAND checks"),
        ({"healthChecks": [{"portIndex": 4}]}, "/healthChecks(0)", "Health check port indices must address"),
        ({"networks": [{"mode": "host"}], "container": {"docker": {"image": "a"}}}, "/networks", "no network host"),
        ({"container": {"docker": {"image": "a"}}}, "/networks", "this stand-in has no network HOST"),
        ({"killSelection": "OLDEST_FIRST"}, "/killSelection", "this stand-in has no OLDEST_FIRST"),
        ({"fetch": [{"uri": "a"}]}, "/fetch", "this stand-in has no fetch"),
        (
            {"container": {"docker": {"image": "a", "network": "BRIDGE", "parameters": [{"key": "init"}]}}},
            "/container/docker/parameters",
            "this stand-in has no docker parameters",
        ),
    ],
)
def test_a_wrong_app_is_refused_in_marathons_form(change: dict[str, Any], path: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        normalise({**app(), **change})
    assert refused.value.status == 422
    assert refused.value.body["message"] == "Object is not valid"
    (found,) = (each for each in refused.value.body["details"] if each["path"] == path)
    assert error in found["errors"][0]


def container(**more: Any) -> dict[str, Any]:
    return {
        "id": "web",
        "container": {"docker": {"image": "web:1", **more.pop("docker", {})}, **more.pop("outer", {})},
        **more,
    }


@pytest.mark.parametrize(
    ("raw", "mappings"),
    [
        (container(docker={"network": "BRIDGE"}), 1),
        (container(docker={"network": "BRIDGE"}, outer={"portMappings": []}), 0),
        (container(networks=[{"mode": "container/bridge"}]), 1),
        (container(networks=[{"mode": "container/bridge"}], outer={"portMappings": []}), 0),
        (container(networks=[{"mode": "container/bridge"}], requirePorts=False, fetch=[]), 1),
    ],
)
def test_the_old_and_the_new_form_of_networks_mean_the_same(raw: dict[str, Any], mappings: int) -> None:
    found = normalise(raw)
    assert found["networks"] == [{"mode": "container/bridge"}]
    assert len(found["container"]["portMappings"]) == mappings
    assert normalise(found) == found


def test_ports_come_out_as_marathons_variables() -> None:
    definition = normalise(
        app(env={"PORT_ADMIN": "mine"}, labels={"a-b": "c"})
        | {"container": {"docker": {"image": "web:1", "network": "BRIDGE", "portMappings": [
            {"containerPort": 8080, "name": "http"}, {"containerPort": 0}, {"containerPort": 9, "name": "admin"}]}}}
    ) | {"version": "v"}  # fmt: skip
    found = placing.environment(definition, "t", [31001, 31002, 31003])
    expected = {
        "PORT": "31001", "PORTS": "31001,31002,31003", "PORT0": "31001", "PORT1": "31002", "PORT_8080": "31001",
        "PORT_31002": "31002", "PORT_HTTP": "31001", "PORT_ADMIN": "mine", "MARATHON_APP_LABELS": "A_B",
        "MARATHON_APP_LABEL_A_B": "c", "MARATHON_APP_ID": "/web", "MESOS_TASK_ID": "t",
    }  # fmt: skip
    assert expected.items() <= found.items()


def test_an_app_without_port_mapping_asks_for_no_port() -> None:
    definition = normalise(container(docker={"network": "BRIDGE"}, outer={"portMappings": []})) | {"version": "v"}
    task = placing.task(definition, "t", "f", [])
    assert (task["port_mappings"], task["ports"]) == ([], [])
    assert "PORT0" not in task["env"]


@pytest.mark.parametrize(("text", "id"), [("web", "/web"), ("/a/web/", "/a/web"), ("a.b-c", "/a.b-c")])
def test_an_app_id_is_made_absolute(text: str, id: str) -> None:
    assert ids.app_id(text) == id


def test_a_task_is_named_for_its_app() -> None:
    assert ids.task_id("/group/web").startswith("group_web.instance-")
    assert ids.task_id("/group/web").endswith("._app.1")
