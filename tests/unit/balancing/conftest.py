"""Targets on loopback, which answer as they are told, and a load balancer in front of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from ipaddress import IPv4Address
from typing import Any

import pytest

from sandbox.balancing.balancer import Balancer
from sandbox.balancing.spec import HealthCheck, Listener, Order, Report, Target, TargetGroup
from sandbox.cloud.certificate import self_signed
from tests.unit.ops.conftest import free_port

BOUND = 20.0
RESET = "reset"
QUICK = HealthCheck(
    protocol="HTTP", port=0, path="/health", codes="200", interval=0.02, timeout=2, healthy=2, unhealthy=2
)


class Host:
    """A target. It answers /health with `status`; of all else it echoes a first line, and then line by line."""

    def __init__(self, name: str, address: str, port: int) -> None:
        self.target = Target(name=name, address=IPv4Address(address), port=port, zone=f"zone-{name}")
        self.status = 200
        self.checks = 0
        self.answer_health = asyncio.Event()
        self.answer_health.set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, str(self.target.address), self.target.port)

    def stop(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            line = await reader.readline()
            if line.startswith(b"GET /health"):
                self.checks += 1
                await self.answer_health.wait()
                writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            while line and not line.startswith(b"GET "):
                writer.write(f"{self.target.name} {line.decode()}".encode())
                line = await reader.readline()
            if not line:
                writer.write(f"{self.target.name} bye\n".encode())
            await writer.drain()
            writer.close()


class Client:
    """A connection to the load balancer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, text: str = "hello") -> str:
        """The name of the target that answers; empty where the connection is closed, and RESET where it is reset."""
        try:
            self._writer.write(f"{text}\n".encode())
            answer = (await asyncio.wait_for(self._reader.readline(), BOUND)).decode()
        except OSError:
            return RESET
        return answer.partition(" ")[0]

    async def finish(self) -> str:
        """What comes after this end has sent its last byte."""
        self._writer.write_eof()
        return (await asyncio.wait_for(self._reader.read(), BOUND)).decode()

    def close(self) -> None:
        self._writer.close()


class Front:
    """The load balancer, the order that it follows, and the health that it reported last."""

    def __init__(self) -> None:
        self.port = free_port()
        self.report = Report()
        self.hosts: dict[str, Host] = {}
        self.clients: list[Client] = []
        self._balancer = Balancer(self._reported)
        self._changed = asyncio.Event()

    def _reported(self, report: Report) -> None:
        self.report = report
        self._changed.set()

    async def host(self, name: str, address: str) -> Host:
        self.hosts[name] = host = Host(name, address, free_port())
        await host.start()
        return host

    def order(self, *names: str, listener: Mapping[str, str] | None = None, **group: Any) -> Order:
        """One with these targets; `group` is what the target group has other than below."""
        settings = {
            **{"name": "group", "check": QUICK, "targets": tuple(self.hosts[name].target for name in names)},
            **{"drain": 3600.0, "end_drained": False, "end_unhealthy": True, "cross_zone": True},
        }
        listeners = (Listener(port=self.port, group="group", **(listener or {})),) if self.port else ()
        return Order(
            addresses={"zone-one": IPv4Address("127.0.0.10"), "zone-two": IPv4Address("127.0.0.11")},
            listeners=listeners,
            groups=(TargetGroup(**{**settings, **group}),),
        )

    async def follow(self, *names: str, listener: Mapping[str, str] | None = None, **group: Any) -> None:
        await self._balancer.follow(self.order(*names, listener=listener, **group))

    def states(self) -> dict[str, str]:
        return {health.target: health.state for health in self.report.health}

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a report after which `condition` holds."""
        async with asyncio.timeout(BOUND):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def are(self, **states: str) -> None:
        await self.until(lambda: self.states() == states)

    async def connect(self, address: str = "127.0.0.10", **more: Any) -> Client:
        client = Client(*await asyncio.open_connection(address, self.port, **more))
        self.clients.append(client)
        return client

    async def answering(self, times: int = 6, address: str = "127.0.0.10") -> set[str]:
        """What this many connections are answered with."""
        return {await (await self.connect(address)).ask() for _ in range(times)}

    async def close(self) -> None:
        await self._balancer.follow(Order(addresses={}, listeners=(), groups=()))
        for client in self.clients:
            client.close()
        for host in self.hosts.values():
            host.stop()


@pytest.fixture
def certificate() -> dict[str, str]:
    """What a listener needs for TLS as api.example.com."""
    pem, key = self_signed("example.com")
    return {"certificate": pem, "key": key}


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    """In front of nothing yet; the hosts one and two run."""
    made = Front()
    await made.host("one", "127.0.0.2")
    await made.host("two", "127.0.0.3")
    try:
        yield made
    finally:
        await made.close()
