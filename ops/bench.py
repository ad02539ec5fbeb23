"""`make bench`: how long it takes, measured on this machine beside whatever runs there, into docs/performance.md."""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ops.rehearsal import NETWORK_ALONE, Project
from ops.stack import PROJECT

_RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Seconds of each run of what `name` says; `aim` is in seconds too."""

    name: str
    seconds: Sequence[float]
    aim: str = ""

    @property
    def shown(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        spread = f" ({low:.1f} to {high:.1f}, {len(self.seconds)} runs)" if len(self.seconds) > 1 else ""
        return f"{statistics.median(self.seconds):.1f} s{spread}"


def measured(name: str, call: Callable[[], object], *, runs: int = _RUNS, aim: str = "") -> Figure:
    seconds = []
    for _ in range(runs):
        began = time.monotonic()
        call()
        seconds.append(time.monotonic() - began)
    figure = Figure(name=name, seconds=seconds, aim=aim)
    click.echo(f"{figure.name}: {figure.shown}")
    return figure


@contextmanager
def rehearsal(*, from_nothing: bool = False, config: Mapping[str, Any] = NETWORK_ALONE) -> Iterator[Project]:
    """A copy of the project, gone afterwards; from nothing: no packages and no images cached either."""
    with tempfile.TemporaryDirectory(prefix="apollo-bench-") as folder:
        environment = {"XDG_CACHE_HOME": f"{folder}/cache"} if from_nothing else {}
        project = Project.copy(
            Path(folder, "project"), installed=not from_nothing, config=config, environment=environment
        )
        try:
            yield project
        finally:
            project.make("clean")


def cluster() -> Iterator[Figure]:
    with rehearsal(from_nothing=True) as project:
        yield measured(
            "`make up`, from nothing: no virtual environment, no base image", lambda: project.make("up"), runs=1
        )
    with rehearsal() as project:
        yield measured("`make up`, with both there", lambda: project.make("up"), runs=1, aim="45 s")
        yield measured("`up` with nothing to do", project.up, aim="3 s")
        yield measured("`preview` with nothing to do", lambda: project.pulumi("preview"), aim="3 s")


def article() -> Iterator[Figure]:
    with rehearsal(config={}) as project:
        name = "`make up` with all services, images there"
        yield measured(name, lambda: project.make("up"), runs=1, aim="120 s")
        yield measured("`make demo`", lambda: project.make("demo"))


def large() -> Iterator[Figure]:
    with rehearsal() as project:
        project.run(".venv/bin/python", "-m", "ops.init", "sandbox")
        for slaves, aim in ((2, ""), (100, ""), (240, "20 s")):
            project.pulumi("config", "set", "slaveCount", str(slaves))
            name = f"first `preview` of {slaves} slaves"
            yield measured(name, lambda: project.pulumi("preview"), aim=aim)


def machine() -> str:
    """What this machine is, in words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.node()}: {os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}"


def report(figures: Sequence[Figure]) -> str:
    """The page, in Markdown."""
    rows = [f"| {figure.name} | {figure.shown} | {figure.aim and f'under {figure.aim}'} |" for figure in figures]
    today = datetime.now(UTC).date().isoformat()
    return f"""# How fast

Written by `make bench` on {today}, on {machine()}.
The cluster is the sandbox's, of 1 master and 2 slaves without services unless
said otherwise. Medians, with the range of all runs.

| what | measured | aim |
|---|---|---|
{chr(10).join(rows)}

The first `make up` downloads the Python packages and the hosts' Debian packages, so it depends on the way to their
mirrors. A preview grows with the nodes: each has one instance and its steps, whose whole text is in it.
"""


@click.command()
def main() -> None:
    """Measure everything once more."""
    (PROJECT / "docs/performance.md").write_text(report([*cluster(), *article(), *large()]))


if __name__ == "__main__":
    main()
