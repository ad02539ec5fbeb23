"""What the demonstration prints: a title for each step, and a line for each observation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh
import httpx

from ops.remote.connections import NodeConnections
from ops.remote.errors import OperatorError


@asynccontextmanager
async def step(title: str, connections: NodeConnections) -> AsyncIterator[None]:
    """Print the title, and begin every error inside with it; a lost connection ends the step at once."""
    print(f"\n{title}", flush=True)
    try:
        async with connections.fail_when_lost():
            yield
    except OperatorError as error:
        raise OperatorError(f"{title}: {error}") from error
    except (httpx.HTTPError, asyncssh.Error, OSError) as error:
        raise OperatorError(f"{title}: {type(error).__name__}: {error}") from error


def say(line: str) -> None:
    print(f"   {line}", flush=True)
