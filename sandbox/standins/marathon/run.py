"""Marathon's command line, and its life."""

import os
import signal
import socket
import sys
import threading
import time
import uuid
from dataclasses import dataclass

from sandbox.standins.common import zkurl
from sandbox.standins.common.election import Election
from sandbox.standins.common.ensemble import Ensemble, Kazoo, Lost
from sandbox.standins.common.flags import Flags, WrongFlag, told
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.mesos import Detector, Json
from sandbox.standins.common.web import Server
from sandbox.standins.marathon.api import Api
from sandbox.standins.marathon.flags import KNOWN, OTHERS, SWITCHES, parse
from sandbox.standins.marathon.front import VERSION, Front
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.master import LeadingMaster
from sandbox.standins.marathon.scheduler import Scheduler
from sandbox.standins.marathon.store import Store

LATCH = "-latch-"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`master` as --master has it; times in seconds."""

    master: zkurl.ZkUrl | str
    zk: zkurl.ZkUrl
    hostname: str
    address: str
    port: int
    connection_timeout: float
    session_timeout: float
    flags: Flags

    @property
    def me(self) -> str:
        return f"{self.hostname}:{self.port}"


def run() -> int:
    try:
        flags = parse(sys.argv[1:], os.environ)
        if told(flags, "marathon", f"marathon {VERSION}", {*KNOWN, *OTHERS, *SWITCHES}):
            return 0
        settings = read(flags)
    except WrongFlag as error:
        print(f"marathon: {error}", file=sys.stderr)
        return 1
    first_line("marathon", VERSION)
    return Marathon(settings).serve()


def read(flags: Flags) -> Settings:
    """Raises WrongFlag."""
    if not flags.get("master"):
        raise WrongFlag("Required option 'master' not found")
    try:
        zk = zkurl.parse(flags["zk"])
    except ValueError as error:
        raise WrongFlag(f"Bad arguments for option 'zk': {error}") from None
    master: zkurl.ZkUrl | str = flags["master"].removeprefix("http://").rstrip("/")
    if flags["master"].startswith("zk://"):
        try:
            master = zkurl.parse(flags["master"])
        except ValueError as error:
            raise WrongFlag(f"Bad arguments for option 'master': {error}") from None
    return Settings(
        master=master,
        zk=zk,
        hostname=flags.get("hostname") or socket.getfqdn(),
        address=flags.get("http_address") or "0.0.0.0",  # noqa: S104 - Marathon's default
        port=flags.number("http_port"),
        connection_timeout=flags.number("zk_connection_timeout") / 1000,
        session_timeout=flags.number("zk_session_timeout") / 1000,
        flags=flags,
    )


class Marathon:
    """One Marathon: contends for the lead, and exits when it has lost it, as the real one does."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop, self._status = threading.Event(), 0
        self._master: LeadingMaster | None = None
        self.front = Front(
            settings.me,
            self._leader,
            self._about,
            lambda: self._die("Abdicating leadership"),
            connecting=settings.flags.number("leader_proxy_connection_timeout") / 1000,
            reading=settings.flags.number("leader_proxy_read_timeout") / 1000,
        )

    def serve(self) -> int:
        settings = self._settings
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        zk = Kazoo(settings.zk, settings.session_timeout)
        masters = (
            Kazoo(settings.master, settings.session_timeout) if isinstance(settings.master, zkurl.ZkUrl) else None
        )
        try:
            server = Server(settings.address, settings.port, self.front)
        except OSError as error:
            print(f"marathon: cannot listen on {settings.address}:{settings.port}: {error.strerror}", file=sys.stderr)
            return 1
        if not self._connects(zk):
            within = f"within {settings.connection_timeout:g} seconds"
            print(f"marathon: no connection to ZooKeeper at {settings.zk} {within}", file=sys.stderr)
            return 1
        self.contend(zk, masters)
        self._stop.wait()
        server.close()
        for each in (zk, masters):
            if each:
                each.close()
        return self._status

    def contend(self, zk: Ensemble, masters: Ensemble | None) -> None:
        """Starts to; returns at once."""
        settings = self._settings
        flags = settings.flags
        about = {"name": flags["framework_name"], "hostname": settings.hostname, "webui_url": flags.get("webui_url")}
        self._master = LeadingMaster(Detector(settings.master, masters), about)
        self.election = Election(
            zk,
            folder=f"{settings.zk.path}/leader-curator",
            prefix=f"_c_{uuid.uuid4()}{LATCH}",
            marker=LATCH,
            content=settings.me.encode(),
            patience=settings.session_timeout,
            on_won=lambda: self._lead(zk),
            on_lost=lambda: self._die("Lost leadership"),
        )
        threading.Thread(target=self.election.run, args=(self._stop,), daemon=True).start()

    def close(self) -> None:
        self._stop.set()

    def _lead(self, zk: Ensemble) -> None:
        assert self._master is not None  # noqa: S101 - `contend` made it
        flags = self._settings.flags
        try:
            store = Store(zk, self._settings.zk.path)
            groups = Groups(store, range(flags.number("local_port_min"), flags.number("local_port_max") + 1))
            scheduler = Scheduler(groups, store, self._master)
        except Lost as error:
            return self._die(str(error))
        log(f"I Elected as the leading Marathon, with {len(groups.apps)} apps and {len(groups.instances)} instances")
        threading.Thread(target=scheduler.run, args=(self._stop,), daemon=True).start()
        self.front.api = Api(groups, scheduler)
        return None

    def _leader(self) -> str | None:
        election = getattr(self, "election", None)
        return election.standing.leader.decode() if election and election.standing.leader else None

    def _about(self) -> Json:
        values = dict(self._settings.flags.values)
        zk_config = {name: value for name, value in values.items() if name.startswith("zk")}
        config = {name: value for name, value in values.items() if not name.startswith(("zk", "http"))}
        leader = self._master.url if self._master else None
        return {
            "marathon_config": {**config, "hostname": self._settings.hostname, "mesos_leader_ui_url": leader},
            "zookeeper_config": {**zk_config, "zk": str(self._settings.zk)},
            "http_config": {"http_port": self._settings.port},
        }

    def _die(self, why: str) -> None:
        log(f"E {why}: exiting")
        self._status = 1
        self._stop.set()

    def _connects(self, zk: Kazoo) -> bool:
        end = time.monotonic() + self._settings.connection_timeout
        while not zk.connected() and time.monotonic() < end and not self._stop.is_set():
            time.sleep(0.1)
        return zk.connected()
