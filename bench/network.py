"""How long `up` takes without services, and previews of larger clusters."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.figure import Figure, timed
from bench.workspace import NETWORK_ALONE, project_copy

CONFIG: Mapping[str, Any] = {**NETWORK_ALONE, "masterCount": 1, "slaveCount": 2}
TEXT = (
    f"{CONFIG['masterCount']} master and {CONFIG['slaveCount']} slaves of the sandbox without services. The first "
    "`make up` downloads the Python packages and the hosts' Debian packages, so it depends on the connection to their servers."
)
PREVIEWS_TEXT = (
    "First previews of larger clusters without services. They grow with the number of nodes: each node has an instance "
    "and its steps, whose whole text is in the preview."
)


def network() -> Iterator[Figure]:
    with project_copy(CONFIG, from_nothing=True) as project:
        name = "`make up`, from nothing: no virtual environment, no base image"
        yield timed(name, lambda: project.make("up"), runs=1)
    with project_copy(CONFIG) as project:
        yield timed("`make up`, with both cached", lambda: project.make("up"), runs=1, under=45)
        yield timed("`up` without changes", project.up, under=3)
        yield timed("`preview` without changes", lambda: project.pulumi("preview"), under=3)


def previews() -> Iterator[Figure]:
    with project_copy(CONFIG) as project:
        project.run(".venv/bin/python", "-m", "ops.init", "sandbox")
        for slaves, under in ((2, None), (100, None), (240, 20)):
            project.pulumi("config", "set", "slaveCount", str(slaves))
            name = f"first `preview` of {slaves} slaves"
            yield timed(name, lambda: project.pulumi("preview"), under=under)
