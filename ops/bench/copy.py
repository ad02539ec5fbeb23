"""A copy of the project to measure, beside the user's own."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.rehearsal import Project


@contextmanager
def rehearsal(config: Mapping[str, Any], *, from_nothing: bool = False) -> Iterator[Project]:
    """A copy of the project, gone afterwards; from nothing: no packages and no images cached either."""
    folder = tempfile.mkdtemp(prefix="apollo-rehearsal-")
    project = Project.copy(
        Path(folder, "project"),
        installed=not from_nothing,
        config=config,
        environment={"XDG_CACHE_HOME": f"{folder}/cache"} if from_nothing else {},
    )
    try:
        yield project
    finally:
        project.make("clean")
        shutil.rmtree(folder)  # where hosts may still have their disks in it, it stays
