"""The rooms of the sandbox (its folders, and the modules beside them) import each other without a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from sandbox.home import PROJECT

SANDBOX = PROJECT / "sandbox"


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, also inside functions; for `from a import b`, both `a` and `a.b`."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute in this project"
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_no_two_rooms_of_the_sandbox_need_each_other() -> None:
    names = {path.stem for path in SANDBOX.iterdir()}
    needs: dict[str, set[str]] = {}
    for file in SANDBOX.rglob("*.py"):
        room = file.relative_to(SANDBOX).parts[0].removesuffix(".py")
        modules = [module.split(".") for module in imported(file)]
        found = {parts[1] for parts in modules if parts[0] == "sandbox" and len(parts) > 1} & names
        needs[room] = needs.get(room, set()) | found - {room}
    assert needs["cloud"] >= {"hosts", "images"}, "the imports are not found"
    TopologicalSorter(needs).prepare()  # raises CycleError, which names the circle
