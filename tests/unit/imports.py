"""What the modules of the project import, read from their source."""

import ast
from collections.abc import Iterator
from pathlib import Path


def imported(module: Path) -> Iterator[str]:
    """The full name of everything that the module imports: `from a.b import c` is a.b.c."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
