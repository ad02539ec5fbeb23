"""A machine to log in to, and the command provider that does."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.unit import sshd
from tests.unit.providers.plugin import Provider, plugin, provider_at


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[sshd.Server]:
    async with sshd.serving(tmp_path) as seen:
        yield seen


@pytest.fixture(scope="session")
def command_plugin() -> Iterator[int]:
    with plugin("command") as port:
        yield port


@pytest.fixture
async def command_provider(command_plugin: int) -> AsyncIterator[Provider]:
    async with provider_at(command_plugin) as provider:
        yield provider
