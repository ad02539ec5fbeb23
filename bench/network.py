"""How long `up` takes without services, and previews of larger clusters."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.figure import GIGABYTES, Figure, timed
from bench.memory import peak_of
from bench.workspace import NETWORK_ALONE, ProjectCopy, project_copy
from ops.remote.errors import OperatorError

CONFIG: Mapping[str, Any] = {**NETWORK_ALONE, "masterCount": 1, "slaveCount": 2}
TEXT = (
    f"{CONFIG['masterCount']} master and {CONFIG['slaveCount']} slaves of the sandbox without services. The first "
    "`make up` downloads the Python packages and the hosts' Debian packages, so it depends on the network."
)
PREVIEWS_TEXT = (
    "First previews of larger clusters without services. They grow with the number of nodes: each has an instance "
    "and its steps. The memory is the resident memory of the CLI, the program and the plugins together, at its peak."
)


def network() -> Iterator[Figure]:
    with project_copy(CONFIG, from_nothing=True) as project:
        name = "`make up`, from nothing: no virtual environment, no base image"
        yield timed(name, lambda: project.make("up"), runs=1)
    with project_copy(CONFIG) as project:
        yield timed("`make up`, with both cached", lambda: project.make("up"), runs=1, under=45)
        yield timed("`up` without changes", project.up)
        yield timed("`preview` without changes", lambda: project.pulumi("preview"), under=4)


def previews() -> Iterator[Figure]:
    with project_copy(CONFIG) as project:
        project.run(".venv/bin/python", "-m", "ops.init", "sandbox")
        for slaves, under in ((2, None), (20, None), (60, None), (120, None), (240, 40)):
            project.pulumi("config", "set", "slaveCount", str(slaves))
            name = f"first `preview` of {slaves} slaves"
            yield timed(name, lambda: project.pulumi("preview"), under=under)
        yield Figure(name="its memory", runs=[_memory_of_preview(project)], unit=GIGABYTES, under=1.5)


def _memory_of_preview(project: ProjectCopy) -> float:
    process = project.start("./pulumiw", "preview", "-s", "sandbox")
    with peak_of(process) as peak:
        output, _ = process.communicate()
    if process.returncode != 0:
        raise OperatorError(f"the preview ended with {process.returncode}:\n{output}")
    return peak.bytes / 1e9
