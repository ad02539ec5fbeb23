"""The tables of docs/ against the program: config keys, services, ports, images and steps."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from annotated_types import Ge, Le

from infra.config import aws_provider
from infra.config.settings import Settings
from infra.services import registry
from infra.steps.service import Service
from tests.unit.documents.markdown import PROJECT, code, rows
from tests.unit.program import config, launch

ARCHITECTURE, COMPONENTS, CONFIGURATION = (
    Path("docs") / name for name in ("architecture.md", "components.md", "configuration.md")
)
_DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
_SECTIONS = ("The cluster", "AWS and access", "The container network", "Services")
_KEYS = {
    key: row
    for section in _SECTIONS
    for row in rows(CONFIGURATION, section)
    for key in re.findall(r"`([^`]+)`", row[0])
}


def test_every_config_key_has_a_row_in_configuration_and_no_other_has() -> None:
    assert _KEYS.keys() == _DECLARED.keys() | set(aws_provider.KEYS)


@pytest.mark.parametrize("key", _DECLARED)
def test_configuration_has_a_keys_type_and_default(key: str) -> None:
    declared, shown = _DECLARED[key], _KEYS[key][1]
    if declared.get("secret"):
        assert shown.startswith("secret")
    elif declared["type"] != "string":
        assert shown.startswith(declared["type"])
    if "default" in declared:
        assert _default(declared["default"]) in shown


@pytest.mark.parametrize("key", _DECLARED)
def test_configuration_has_the_bounds_of_a_number(key: str) -> None:
    (field,) = [field for field in Settings.model_fields.values() if field.alias == key]
    least = [bound.ge for bound in field.metadata if isinstance(bound, Ge)]
    most = [bound.le for bound in field.metadata if isinstance(bound, Le)]
    for pair in zip(least, most, strict=True):
        assert "{} to {}".format(*pair) in _KEYS[key][2]


def _default(value: object) -> str:
    if value == "":
        return "empty"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("service", registry.OFFERED, ids=lambda service: f"{service.name}")
def test_components_has_each_service_with_its_ports_and_images(service: Service) -> None:
    own = [row for row in rows(COMPONENTS, "On the nodes") if re.search(rf"`{service.name}`", row[0])]
    assert own, f"no row of the table for {service.name}"
    numbers = {int(number) for row in own for number in re.findall(r"\d+", row[2])}
    ports = {number for port in service.ports for number in (port.port, port.to) if number}
    assert ports <= numbers
    images = "".join(cell for row in rows(COMPONENTS, "Images") for cell in row)
    for name, image in service.images.items():
        assert f"`{name}`" in images
        assert f"`{image}`" in images


def test_architecture_has_every_step_and_no_other() -> None:
    everything = [*dict.fromkeys(service.name for service in registry.OFFERED)]
    steps = {
        re.sub(r"^(?:master|slave)-\d+-", "", command)
        for dns in ("consul", "weave")
        for services in (everything, ["dns"] if dns == "weave" else [])
        for command in launch(config(services=services, dns=dns)).commands
    }
    registrations = {step for step in steps if step.endswith("-registration")}
    table = [row[0] for row in rows(ARCHITECTURE, "Nodes and resources")]
    shown = {step for cell in table for step in cell.split(", ")}
    assert "*name*-registration" in shown
    missing, extra = steps - registrations - shown, shown - {"*name*-registration"} - steps
    assert not missing, f"the table of steps lacks {missing}"
    assert not extra, f"the table of steps has {extra}, which no node has"


def test_architecture_lists_the_stacks_outputs() -> None:
    pipeline = next(text for text in code(ARCHITECTURE) if "outputs:" in text)
    assert re.findall(r"\w+", pipeline.partition("outputs:")[2]) == list(launch(config()).outputs)


def test_configuration_names_every_service_and_every_image_that_a_stack_may_choose() -> None:
    services, images = ("".join(_KEYS[key][1:3]) for key in ("services", "images"))
    wanted = {(service.name, "services") for service in registry.OFFERED}
    wanted |= {(name, "images") for service in registry.OFFERED for name in service.images}
    shown = {"services": services, "images": images}
    lacking = [f"`{name}` in the row of `{row}`" for name, row in wanted if not _contains(shown[row], name)]
    assert not lacking, f"docs/configuration.md lacks {', '.join(sorted(lacking))}"


def _contains(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){name}(?![\w-])", text) is not None
