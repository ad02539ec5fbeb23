"""The master's command line, and its life."""

import json
import signal
import socket
import struct
import sys
import threading
import uuid
from argparse import Namespace

from sandbox.commandline import Parser
from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common import zkurl
from sandbox.standins.common.election import Election
from sandbox.standins.common.ensemble import Kazoo
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.mesos import CONTENDER, VERSION, seconds
from sandbox.standins.common.web import Server
from sandbox.standins.mesos_master.master import Master, Settings
from sandbox.standins.mesos_master.pages import pages

_MOST_PING_TIMEOUTS = 5  # Mesos' default of --max_agent_ping_timeouts
_SESSION = 10.0  # seconds: Mesos' default of --zk_session_timeout


def parser() -> Parser:
    flags = Parser("mesos-master", f"mesos {VERSION} ({WHAT_IT_IS})", status=1, prefix="MESOS_")
    for name in ("ip", "hostname", "work_dir"):
        flags.add_argument(f"--{name}", required=True)
    flags.add_argument("--port", type=int, default=5050)
    flags.add_argument("--zk", type=zkurl.parse, required=True)
    flags.add_argument("--quorum", type=int, required=True)
    flags.add_argument("--agent_ping_timeout", type=seconds, default="15secs")
    flags.add_argument("--registry", choices=["replicated_log"], default="replicated_log")
    flags.ignore("--cluster", "--hostname_lookup")
    return flags


def main() -> int:
    """Runs until it is stopped, or has lost the lead. Returns the exit status."""
    given = parser().read()
    first_line("mesos-master", VERSION)
    return _serve(_settings(given), Kazoo(given.zk, _SESSION))


def _settings(given: Namespace) -> Settings:
    return Settings(
        id=str(uuid.uuid4()),
        ip=given.ip,
        port=given.port,
        hostname=given.hostname,
        quorum=given.quorum,
        path=given.zk.path,
        agent_timeout=given.agent_ping_timeout * _MOST_PING_TIMEOUTS,
    )


def master_info(settings: Settings) -> bytes:
    """MasterInfo, as Mesos 1.x writes it; `ip` is the address in network order read as a little-endian number."""
    number = struct.unpack("<I", socket.inet_aton(settings.ip))[0]
    address = {"hostname": settings.hostname, "ip": settings.ip, "port": settings.port}
    info = {
        "address": address,
        "hostname": settings.hostname,
        "id": settings.id,
        "ip": number,
        "pid": f"master@{settings.ip}:{settings.port}",
        "port": settings.port,
        "version": VERSION,
    }
    return json.dumps(info, separators=(",", ":")).encode()


def _serve(settings: Settings, ensemble: Kazoo) -> int:
    stop, status = threading.Event(), [0]

    def die(why: str) -> None:
        log(f"E {why}")
        status[0] = 1
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    master = Master(settings, ensemble, die)
    try:
        server = Server(settings.ip, settings.port, pages(master))
    except OSError as error:
        print(f"mesos-master: cannot listen on {settings.ip}:{settings.port}: {error.strerror}", file=sys.stderr)
        return 1
    master.election = Election(
        ensemble, folder=settings.path, prefix=CONTENDER, marker=CONTENDER, content=master_info(settings),
        patience=_SESSION, on_won=master.won, on_lost=master.lost,
    )  # fmt: skip
    threading.Thread(target=master.election.run, args=(stop,), daemon=True).start()
    master.run(stop)
    server.close()
    ensemble.close()
    return status[0]


if __name__ == "__main__":
    sys.exit(main())
