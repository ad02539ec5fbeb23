"""Requests without a pause: which count as answered, and how a failure is described."""

import asyncio
import itertools

import httpx

from ops.demo.traffic import Traffic
from sandbox.standins.common.web import Answer, Refused, Request
from tests.unit.ops.conftest import Serve, free_port, until

HOST = {"Host": "api.example.test"}


async def loaded(*urls: str, requests: int) -> Traffic:
    """The traffic after at least so many requests have ended."""
    async with httpx.AsyncClient(trust_env=False) as client:
        traffic = Traffic(client=client, urls=urls, headers=HOST)
        running = asyncio.ensure_future(traffic.run())
        await until(lambda: traffic.answered + len(traffic.failures) >= requests, f"{requests} requests to end")
        traffic.stop()
        await running
    return traffic


async def test_every_request_is_finished_and_counted(serve: Serve) -> None:
    seen, hosts = itertools.count(), set[str]()

    def answer(request: Request) -> Answer:
        hosts.add(request.headers["host"])
        next(seen)
        return Answer()

    traffic = await loaded(f"http://127.0.0.1:{serve(answer).port}", requests=50)
    assert (traffic.answered, traffic.failures) == (next(seen), [])
    assert hosts == {"api.example.test"}


async def test_failed_and_unanswered_requests_are_reported(serve: Serve) -> None:
    def refuse(_: Request) -> Answer:
        raise Refused(503, "no instance")

    refusing, silent = f"http://127.0.0.1:{serve(refuse).port}", f"http://127.0.0.1:{free_port()}"
    traffic = await loaded(refusing, silent, requests=20)
    assert traffic.answered == 0
    assert {failure.partition("/slow")[0] for failure in traffic.failures} == {refusing, silent}
    assert {failure.partition(": ")[2] for failure in traffic.failures} == {
        '503 {"message": "no instance"}',
        "ConnectError All connection attempts failed",
    }
