"""A machine to log in to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit import sshd


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[sshd.Server]:
    async with sshd.serving(tmp_path) as seen:
        yield seen
