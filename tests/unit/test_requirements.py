"""What the three locks hold, and that a stack on AWS gets by with the smallest."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sandbox.home import PROJECT

SANDBOX_ONLY = {PROJECT / "ops/clean.py"}
STARTS = [
    *(PROJECT / name for name in ("__main__.py", "sandbox/cli/__main__.py")),
    *(PROJECT / "infra").rglob("*.py"),
    *(PROJECT / "ops").rglob("*.py"),
]


def locked(group: str) -> set[str]:
    """name==version of each package."""
    return set(re.findall(r"^(\S+==\S+)", (PROJECT / f"requirements/{group}.txt").read_text(), re.MULTILINE))


@pytest.mark.parametrize(("smaller", "larger"), [("base", "sandbox"), ("sandbox", "dev")])
def test_a_lock_holds_the_smaller_one_with_the_same_versions(smaller: str, larger: str) -> None:
    assert locked(smaller) < locked(larger)


def test_locks_name_no_index() -> None:
    lines = [line for file in (PROJECT / "requirements").iterdir() for line in file.read_text().splitlines()]
    assert not [line for line in lines if "://" in line or line.startswith("-")]


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports as it is loaded."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)


def own(module: str) -> Path | None:
    """The file of a module of this project."""
    path = PROJECT / module.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def test_the_program_and_the_operators_commands_need_no_package_of_the_sandbox() -> None:
    todo, seen, foreign = [file for file in STARTS if file not in SANDBOX_ONLY], set[Path](), set[str]()
    while todo:
        seen.add(file := todo.pop())
        for module in imported(file):
            if found := own(module):
                todo += [found] if found not in seen else []
            elif module.split(".")[0] not in {"infra", "ops", "sandbox", *sys.stdlib_module_names}:
                foreign.add(module.split(".")[0])
    base = {line.split("==")[0] for line in locked("base")}
    distributions = packages_distributions()
    assert foreign >= {"pulumi", "asyncssh"}, "the imports are not found"
    assert not {name for name in foreign if not {one.lower().replace("_", "-") for one in distributions[name]} & base}
