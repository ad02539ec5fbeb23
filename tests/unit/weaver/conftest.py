import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.weaver.package import executable
from tests.unit.weaver.hosts import Network


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with weaver and weaveutil, as a host gets them."""
    folder = tmp_path_factory.mktemp("programs")
    for program in ("weaver", "weaveutil"):
        (folder / program).write_bytes(executable(program))
        (folder / program).chmod(0o755)
    return folder


@pytest.fixture
def network(programs: Path, tmp_path: Path) -> Iterator[Network]:
    network = Network(weaver=programs / "weaver", folder=tmp_path)
    try:
        network.start()
    except OSError as error:
        reason = f"only root can make network namespaces for real packets: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield network
    finally:
        network.stop()
