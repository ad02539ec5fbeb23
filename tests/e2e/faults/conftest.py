"""Faults: each test brings one about on a cluster, checks what holds, and leaves the cluster well."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from bench import reliability
from bench.workspace import NETWORK_ALONE, RANGES, ProjectCopy
from sandbox.home import Home
from tests.e2e.conftest import need_hosts

SMALL = {**NETWORK_ALONE, "slaveCount": 1}


class Recorder(Protocol):
    """Called by a test when all has held; `seconds` until all was well again, `lost` None where no probe ran."""

    def __call__(self, *, fault: str, held: str, seconds: float, lost: int | None = None) -> None: ...


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Recorder:
    """Writes the test's row of docs/reliability.md where `make chaos` runs, and nothing elsewhere."""
    file, test = os.environ.get("APOLLO_RECORDS"), request.node.nodeid.removeprefix("tests/e2e/faults/")
    if file:
        reliability.forget(Path(file), test)

    def keep(*, fault: str, held: str, seconds: float, lost: int | None = None) -> None:
        if file:
            reliability.add(Path(file), fault=fault, held=held, seconds=seconds, lost=lost, test=test)

    return keep


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    """A cluster for the tests of one module, with its CONFIG, or the network alone on one master and one slave."""
    config = getattr(request.module, "CONFIG", SMALL)
    project = ProjectCopy.create(tmp_path_factory.mktemp("faults"), config=config)
    need_hosts(Home(project.folder), RANGES)
    try:
        project.make("up")
        yield project
    finally:
        project.make("clean")
