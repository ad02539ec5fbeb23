"""What the tests of the stand-ins share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.standins.cluster import Cluster, started
from tests.unit.standins.fakedocker import FakeDocker


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    with started(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[FakeDocker]:
    made = FakeDocker(tmp_path)
    yield made
    made.close()
