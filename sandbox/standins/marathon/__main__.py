"""Marathon's command line, and its life."""

import signal
import sys
import threading
import time
import uuid
from argparse import Namespace

from sandbox.commandline import Parser
from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common import zkurl
from sandbox.standins.common.election import Election
from sandbox.standins.common.ensemble import Ensemble, Kazoo, Lost
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.mesos import Detector, Json
from sandbox.standins.common.store import Store
from sandbox.standins.common.web import Server
from sandbox.standins.marathon.api import Api
from sandbox.standins.marathon.front import VERSION, Front
from sandbox.standins.marathon.groups import Groups
from sandbox.standins.marathon.master import LeadingMaster
from sandbox.standins.marathon.scheduler import Scheduler

LATCH = "-latch-"
_SESSION = 10.0  # seconds: Marathon's default of --zk_session_timeout, and of --zk_connection_timeout


def parser() -> Parser:
    flags = Parser("marathon", f"marathon {VERSION} ({WHAT_IT_IS})", status=1, prefix="MARATHON_")
    for name in ("master", "zk"):
        flags.add_argument(f"--{name}", type=zkurl.parse, required=True)
    for name in ("hostname", "http_address"):
        flags.add_argument(f"--{name}", required=True)
    flags.add_argument("--http_port", type=int, default=8080)
    return flags


def main() -> int:
    """Runs until it is stopped, or has lost the lead. Returns the exit status."""
    given = parser().read()
    first_line("marathon", VERSION)
    return Marathon(given).serve()


class Marathon:
    """One Marathon: contends for the lead, and exits when it has lost it, as the real one does."""

    def __init__(self, given: Namespace) -> None:
        self._given, self._me = given, f"{given.hostname}:{given.http_port}"
        self._stop, self._status = threading.Event(), 0
        self._master: LeadingMaster | None = None
        self._election: Election | None = None
        self.front = Front(self._me, leader=self._leader, config=self._config)

    def serve(self) -> int:
        given = self._given
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        zk, masters = Kazoo(given.zk, _SESSION), Kazoo(given.master, _SESSION)
        try:
            server = Server(given.http_address, given.http_port, self.front.pages())
        except OSError as error:
            where = f"{given.http_address}:{given.http_port}"
            print(f"marathon: cannot listen on {where}: {error.strerror}", file=sys.stderr)
            return 1
        if not self._connects(zk):
            print(f"marathon: no connection to ZooKeeper at {given.zk} within {_SESSION:g} seconds", file=sys.stderr)
            return 1
        self.contend(zk, masters)
        self._stop.wait()
        server.close()
        zk.close()
        masters.close()
        return self._status

    def contend(self, zk: Ensemble, masters: Ensemble) -> None:
        """Starts to; returns at once."""
        self._master = master = LeadingMaster(Detector(self._given.master, masters))
        self._election = Election(
            zk,
            folder=f"{self._given.zk.path}/leader-curator",
            prefix=f"_c_{uuid.uuid4()}{LATCH}",
            marker=LATCH,
            content=self._me.encode(),
            patience=_SESSION,
            on_won=lambda: self._lead(zk, master),
            on_lost=lambda: self._die("Lost leadership"),
        )
        threading.Thread(target=self._election.run, args=(self._stop,), daemon=True).start()

    def close(self) -> None:
        self._stop.set()

    def _lead(self, zk: Ensemble, master: LeadingMaster) -> None:
        try:
            store = Store(zk, f"{self._given.zk.path}/standin")
            groups = Groups(store)
            scheduler = Scheduler(groups, store, master)
        except Lost as error:
            return self._die(str(error))
        log(f"I Elected as the leading Marathon, with {len(groups.apps)} apps and {len(groups.instances)} instances")
        threading.Thread(target=scheduler.run, args=(self._stop,), daemon=True).start()
        self.front.api = Api(groups, scheduler)
        return None

    def _leader(self) -> str | None:
        found = self._election.standing.leader if self._election else None
        return found.decode() if found else None

    def _config(self) -> Json:
        given, leader = self._given, self._master.url if self._master else None
        return {
            "marathon_config": {
                "master": str(given.master),
                "hostname": given.hostname,
                "mesos_leader_ui_url": leader,
            },
            "zookeeper_config": {"zk": str(given.zk)},
            "http_config": {"http_port": given.http_port},
        }

    def _die(self, why: str) -> None:
        log(f"E {why}: exiting")
        self._status = 1
        self._stop.set()

    def _connects(self, zk: Kazoo) -> bool:
        end = time.monotonic() + _SESSION
        while not zk.connected() and time.monotonic() < end and not self._stop.is_set():
            time.sleep(0.1)
        return zk.connected()


if __name__ == "__main__":
    sys.exit(main())
