"""Which stack a project folder works on when none is named: where the CLI keeps `stack select`."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from sandbox.engine.backend import Backend
from sandbox.engine.project import Project


def selected(project: Project, backend: Backend, environ: Mapping[str, str]) -> str:
    """The selected stack's name, or ""."""
    content = _content(_file(project, environ))
    stacks = content.get("stacks")
    chosen = stacks.get(backend.url) if isinstance(stacks, dict) else None
    return str(chosen or content.get("stack") or "").rsplit("/", 1)[-1]


def select(project: Project, backend: Backend, stack: str, environ: Mapping[str, str]) -> None:
    """Selects a stack; "" selects none."""
    path = _file(project, environ)
    content = _content(path)
    known = content.get("stacks")
    stacks = dict(known) if isinstance(known, dict) else {}
    if stack:
        stacks[backend.url] = f"organization/{project.name}/{stack}"
    else:
        stacks.pop(backend.url, None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**content, "stacks": stacks}, indent=4))


def _file(project: Project, environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    digest = hashlib.sha1(str(project.root / "Pulumi.yaml").encode(), usedforsecurity=False).hexdigest()
    return home / "workspaces" / f"{project.name}-{digest}-workspace.json"


def _content(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
