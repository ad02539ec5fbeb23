"""The program by its pipes: a line for each order, a line for each report, and its end with its input."""

import asyncio
import sys

from sandbox.balancing.spec import Report
from tests.unit.balancing.conftest import BOUND, Front


async def test_it_follows_orders_reports_in_lines_and_ends_with_its_input_while_connections_are_open(
    front: Front,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox.balancing"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(front.order("one").model_dump_json().encode() + b"\n")
        async with asyncio.timeout(BOUND):
            async for line in process.stdout:
                if [health.state for health in Report.model_validate_json(line).health] == ["healthy"]:
                    break
        client = await front.connect()
        assert await client.ask() == "one"
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), BOUND) == 0
    finally:
        if process.returncode is None:
            process.kill()
