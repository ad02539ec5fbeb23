"""The rooms of infra/: what each may import, read from the source."""

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.unit.imports import imported

PROJECT = Path(__file__).parents[2]
ROOMS = ("config", "plan", "steps", "services", "resources")
"""A room imports from itself and from the rooms before it."""

MODULES = sorted((PROJECT / "infra").rglob("*.py"))
OTHER_FOLDERS = {"bench", "ops", "sandbox", "tests"}
PULUMI = {
    "pulumi": {"infra/config/settings.py"},
    "pulumi_aws": set(),
    "pulumi_command": set(),
}
"""The modules outside of resources/ that may import each package: one, the reader of the stack's config."""


def short(module: Path) -> str:
    return str(module.relative_to(PROJECT))


def room(module: Path) -> str:
    return module.relative_to(PROJECT / "infra").parts[0]


def file_of(name: str) -> Path | None:
    """The module of infra/ that a full name is, or is in."""
    if not name.startswith("infra."):
        return None
    parts = name.split(".")
    candidates = (PROJECT.joinpath(*words).with_suffix(".py") for words in (parts, parts[:-1]))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def test_every_module_is_in_a_room() -> None:
    assert {room(module) for module in MODULES} == {*ROOMS, "__init__.py"}


@pytest.mark.parametrize("module", MODULES, ids=short)
def test_a_module_imports_from_its_own_room_and_the_rooms_below(module: Path) -> None:
    for name in imported(module):
        assert name.split(".")[0] not in OTHER_FOLDERS, f"{short(module)} imports {name}"
        if name.startswith("infra."):
            above = ROOMS[ROOMS.index(room(module)) + 1 :]
            assert name.split(".")[1] not in above, f"{short(module)} imports {name}, which is above it"


@pytest.mark.parametrize("package", PULUMI)
def test_only_resources_and_the_reader_of_the_config_know_pulumi(package: str) -> None:
    users = {short(module) for module in MODULES if package in {name.split(".")[0] for name in imported(module)}}
    assert {user for user in users if not user.startswith("infra/resources/")} == PULUMI[package]


def test_no_module_imports_itself_through_others() -> None:
    graph = {module: {file for name in imported(module) if (file := file_of(name))} for module in MODULES}
    TopologicalSorter(graph).prepare()


def test_the_registry_is_on_top_of_the_services() -> None:
    for module in (PROJECT / "infra/services").glob("*.py"):
        assert "infra.services.registry" not in {name.rsplit(".", 1)[0] for name in imported(module)}
        assert "infra.services.registry" not in set(imported(module))


def test_only_one_module_knows_where_the_init_systems_have_their_files() -> None:
    knowing = {short(module) for module in MODULES if "/etc/systemd" in module.read_text()}
    assert knowing == {"infra/steps/init_system.py"}


@pytest.mark.parametrize("module", sorted((PROJECT / "tests").rglob("*.py")), ids=short)
def test_no_test_imports_another_module_of_tests(module: Path) -> None:
    assert not [name for name in imported(module) if re.match(r"tests\..*\btest_", name)]
