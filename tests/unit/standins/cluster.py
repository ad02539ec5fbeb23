"""A whole cluster of stand-ins in this process: real HTTP on loopback, ZooKeeper and docker in memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.standins.common.docker import Docker
from sandbox.standins.common.election import Election
from sandbox.standins.common.fetch import Reply, call
from sandbox.standins.common.mesos import CONTENDER, Detector
from sandbox.standins.common.web import Server
from sandbox.standins.common.zkurl import parse as parse_url
from sandbox.standins.marathon.__main__ import Marathon, parser
from sandbox.standins.mesos_agent.agent import Agent
from sandbox.standins.mesos_agent.store import Store
from sandbox.standins.mesos_agent.tasks import Place, Tasks
from sandbox.standins.mesos_master.__main__ import master_info
from sandbox.standins.mesos_master.master import Master, Settings
from sandbox.standins.mesos_master.pages import pages
from tests.unit.standins.fakedocker import FakeDocker
from tests.unit.standins.memory import Session, Tree
from tests.unit.waiting import until

MESOS = parse_url("zk://z:2181/mesos")
EXECUTOR = "mesos:1"


class RunningMaster:
    def __init__(self, tree: Tree, quorum: int, agent_timeout: float) -> None:
        self.session, self.stop = Session(tree), threading.Event()
        self._server = Server("127.0.0.1", 0, lambda *call: self._pages(*call))
        settings = Settings(
            id=f"m{self._server.port}", ip="127.0.0.1", port=self._server.port, hostname="localhost",
            quorum=quorum, agent_timeout=agent_timeout,
        )  # fmt: skip
        self.url = f"http://127.0.0.1:{settings.port}"
        self.master = Master(settings, self.session, lambda _: self.close())
        self._pages: Any = pages(self.master)
        self.master.election = Election(
            self.session, folder="/mesos", prefix=CONTENDER, marker=CONTENDER, content=master_info(settings),
            patience=1, on_won=self.master.won, on_lost=self.master.lost,
        )  # fmt: skip
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        assert self.master.election
        while not self.stop.is_set():
            self.master.election.look(time.monotonic())
            self.master.look(time.time())
            self.stop.wait(0.05)

    def close(self) -> None:
        if not self.stop.is_set():
            self.stop.set()
            self._server.close()
            self.session.expire()


def _forget(*_: Any, **__: Any) -> None:
    pass


class RunningAgent:
    def __init__(self, tree: Tree, docker: FakeDocker, hostname: str) -> None:
        self.tree, self.docker, self.folder, self.hostname = tree, docker, docker.folder, hostname
        self.start()

    def start(self) -> None:
        self.stop = threading.Event()
        self.store = Store(self.folder / "work")
        sandboxes = self.folder / "runs"
        place = Place(
            ip="127.0.0.1",
            hostname=self.hostname,
            sandboxes=sandboxes,
            registration_timeout=5,
            executor_image=EXECUTOR,
        )
        self.docker.images.add(EXECUTOR)
        tasks = Tasks(place, self.store, Docker(self.docker.socket))
        self._server = Server("127.0.0.1", 0, lambda *call: self.agent.pages()(*call))
        info = {
            "hostname": self.hostname, "ip": "127.0.0.1", "port": self._server.port,
            "resources": {"cpus": 4, "mem": 4096.0, "disk": 1000.0, "ports": [[31000, 31100]]},
            "attributes": {"node": self.hostname},
        }  # fmt: skip
        self.agent: Agent = Agent(info, self.store, tasks, Detector(MESOS, Session(self.tree)))
        tasks.recover()
        self._thread = threading.Thread(target=self.agent.run, args=(self.stop,), daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def halt(self) -> None:
        """The agent ends, its containers go on."""
        self.stop.set()
        self.store.changed.set()
        self._thread.join()
        setattr(self.store, "update", _forget)  # noqa: B010 - its threads would end with a real process
        self._server.close()

    def close(self) -> None:
        if not self.stop.is_set():
            self.halt()
        self.docker.close()


class RunningMarathon:
    def __init__(self, tree: Tree) -> None:
        self.session = Session(tree)
        self._server = Server("127.0.0.1", 0, lambda *call: self._pages(*call))
        self.url = f"http://127.0.0.1:{self._server.port}"
        words = ["--master", "zk://z:2181/mesos", "--zk", "zk://z:2181/marathon", "--hostname", "127.0.0.1"]
        words += ["--http_address", "127.0.0.1", "--http_port", str(self._server.port)]
        self.marathon = Marathon(parser().read(words, {}))
        self._pages: Any = self.marathon.front.pages()
        self.marathon.contend(self.session, Session(tree))

    def close(self) -> None:
        self.marathon.close()
        self._server.close()
        self.session.expire()


class Cluster:
    """Starts stand-ins, and closes them all at the end."""

    def __init__(self, folder: Path) -> None:
        self.tree, self._folder = Tree(), folder
        self.masters: list[RunningMaster] = []
        self.agents: list[RunningAgent] = []
        self.marathons: list[RunningMarathon] = []

    def master(self, quorum: int = 1, agent_timeout: float = 75) -> RunningMaster:
        self.masters.append(RunningMaster(self.tree, quorum, agent_timeout))
        return self.masters[-1]

    def agent(self) -> RunningAgent:
        name = f"slave-{len(self.agents) + 1}"
        return self.agent_of(FakeDocker(self._folder / name), name)

    def agent_of(self, docker: FakeDocker, hostname: str) -> RunningAgent:
        self.agents.append(RunningAgent(self.tree, docker, hostname))
        return self.agents[-1]

    def marathon(self) -> RunningMarathon:
        self.marathons.append(RunningMarathon(self.tree))
        until(lambda: self.ask("GET", "/v2/leader").status == 200, "a leading Marathon")
        return self.marathons[-1]

    def ask(self, method: str, path: str, value: Any = None) -> Reply:
        """Of the last Marathon."""
        return call(method, self.marathons[-1].url + path, value, timeout=20)

    def tasks(self) -> list[dict[str, Any]]:
        answer = self.ask("GET", "/v2/tasks")
        return list(answer.json()["tasks"]) if answer.status == 200 else []

    def running(self, count: int) -> list[dict[str, Any]]:
        """Waits for exactly so many running tasks, and no others."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = self.tasks()
            return [task["state"] for task in found] == ["TASK_RUNNING"] * count

        until(there, f"{count} running tasks")
        return found

    def close(self) -> None:
        started: list[RunningMarathon | RunningAgent | RunningMaster] = [*self.marathons, *self.agents, *self.masters]
        for each in started:
            each.close()


@contextmanager
def started(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster of stand-ins without long pauses."""
    for module in ("common.election", "mesos_agent.agent", "marathon.scheduler"):
        patch.setattr(f"sandbox.standins.{module}._PAUSE", 0.05)
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.close()


def app(id: str = "/web", **more: Any) -> dict[str, Any]:
    """A small app on the bridge, as users write it."""
    container = {"docker": {"image": "web:1", "network": "BRIDGE", "portMappings": [{"containerPort": 8080}]}}
    return {"id": id, "cpus": 0.5, "mem": 64, "instances": 1, "backoffSeconds": 0, "container": container, **more}


def deployed(cluster: Cluster, agents: int = 2, **definition: Any) -> None:
    """A master, agents and Marathon, with one app."""
    cluster.master()
    for _ in range(agents):
        cluster.agent()
    cluster.marathon()
    answer = cluster.ask("POST", "/v2/apps", app(**definition))
    assert answer.status == 201, answer.body
