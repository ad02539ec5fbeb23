"""A cluster of three masters and two slaves with all services, which the tests of this folder share in turn."""

from collections.abc import Iterator

import pytest

from ops.rehearsal import RANGES, Project
from sandbox.home import Home
from tests.e2e.conftest import need_hosts


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("services"), config={"masterCount": 3})
    need_hosts(Home(project.folder), RANGES)
    try:
        project.make("up")
        yield project
    finally:
        project.make("clean")
