"""`python -m sandbox.balancing`: orders by stdin, reports by stdout, a line of JSON each; ends with its stdin."""

import asyncio
import logging
import sys

from sandbox.balancing.balancer import Balancer
from sandbox.balancing.spec import Order, Report

LONGEST = 1 << 24  # bytes of an order


def _print(report: Report) -> None:
    print(report.model_dump_json(), flush=True)


async def serve() -> None:
    """Follow every order until there are no more."""
    reader = asyncio.StreamReader(limit=LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    balancer = Balancer(_print)
    while line := await reader.readline():
        await balancer.follow(Order.model_validate_json(line))


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each check otherwise
    asyncio.run(serve())
