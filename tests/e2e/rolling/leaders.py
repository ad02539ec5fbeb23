"""Who leads Consul, ZooKeeper and Mesos, and how many of their members answer, several times a second."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from tests.e2e.rolling.gap import Gap
from tests.e2e.services.seen import INSIDE

_PAUSE, _PATIENCE = 0.3, 3.0


@dataclass
class Service:
    """`leaderless` and `minority`: the longest time without a leader, and with a majority of members silent."""

    leaders: list[str] = field(default_factory=list)
    leaderless: Gap = field(default_factory=Gap)
    minority: Gap = field(default_factory=Gap)

    def see(self, said: Mapping[str, str | None], majority: int) -> None:
        """By its address, what each member says of the leader: an address, "" for none, None if it does not answer.

        Others may name a leader that is gone, so only one that names itself counts.
        """
        leader = next((address for address, named in said.items() if named == address), "")
        self.leaderless.see(bool(leader))
        self.minority.see(sum(named is not None for named in said.values()) >= majority)
        if leader and leader != (self.leaders or [""])[-1]:
            self.leaders.append(leader)


class Leaders:
    """`masters`: the addresses of those that exist before or after the change, of which `majority` have to answer."""

    def __init__(self, masters: Sequence[str], majority: int) -> None:
        self._addresses, self._majority = masters, majority
        self.services = {name: Service() for name in ("consul", "zookeeper", "mesos")}

    async def run(self, stopping: asyncio.Event) -> None:
        transport = httpx.AsyncHTTPTransport(local_address=INSIDE)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=_PATIENCE) as client:
            asks = {
                "consul": lambda address: _consul(client, address),
                "zookeeper": _zookeeper,
                "mesos": lambda address: _mesos(client, address),
            }
            await asyncio.gather(*(self._watch(name, ask, stopping) for name, ask in asks.items()))

    async def _watch(self, name: str, ask: Callable[[str], Awaitable[str | None]], stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            said = await asyncio.gather(*(ask(address) for address in self._addresses))
            self.services[name].see(dict(zip(self._addresses, said, strict=True)), self._majority)
            await asyncio.sleep(_PAUSE)


async def _consul(client: httpx.AsyncClient, address: str) -> str | None:
    try:
        answer = await client.get(f"http://{address}:8500/v1/status/leader")
    except httpx.HTTPError:
        return None
    return str(answer.json()).partition(":")[0] if answer.is_success else ""


async def _mesos(client: httpx.AsyncClient, address: str) -> str | None:
    try:
        answer = await client.get(f"http://{address}:5050/master/redirect")
    except httpx.HTTPError:
        return None
    return httpx.URL(f"http:{answer.headers.get('Location', '').removeprefix('http:')}").host


async def _zookeeper(address: str) -> str | None:
    """Who leads the leader alone says."""
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(address, 2181, local_addr=(INSIDE, 0))
            writer.write(b"mntr")
            said = (await reader.read()).decode()
            writer.close()
    except (OSError, TimeoutError):
        return None
    state = next((line.split("\t")[1] for line in said.splitlines() if line.startswith("zk_server_state")), "")
    return address if state in ("leader", "standalone") else ""
