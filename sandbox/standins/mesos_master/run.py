"""The master's command line, and its life."""

import json
import os
import signal
import socket
import struct
import sys
import threading
import uuid

from sandbox.standins.common import zkurl
from sandbox.standins.common.election import Election
from sandbox.standins.common.ensemble import Kazoo
from sandbox.standins.common.flags import Flags, WrongFlag, load, told
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.mesos import CONTENDER, VERSION
from sandbox.standins.common.web import Server
from sandbox.standins.mesos_master.flags import KNOWN, OTHERS
from sandbox.standins.mesos_master.master import Master, Settings
from sandbox.standins.mesos_master.pages import Pages


def run() -> int:
    try:
        flags = load(KNOWN, OTHERS, sys.argv[1:], os.environ)
        if told(flags, "mesos-master", f"mesos {VERSION}", {*KNOWN, *OTHERS}):
            return 0
        settings, url = _settings(flags)
        session = flags.seconds("zk_session_timeout")
    except WrongFlag as error:
        print(f"mesos-master: {error}", file=sys.stderr)
        return 1
    first_line("mesos-master", VERSION)
    return _serve(settings, url, session)


def _settings(flags: Flags) -> tuple[Settings, zkurl.ZkUrl | None]:
    """Raises WrongFlag."""
    flags["work_dir"]
    url = None
    if flags.get("zk"):
        try:
            url = zkurl.parse(flags["zk"])
        except ValueError as error:
            raise WrongFlag(f"Error parsing '--zk': {error}") from None
        if not flags.get("quorum"):
            raise WrongFlag("Need to specify --quorum for replicated log based registry when using ZooKeeper")
    ip = flags.get("advertise_ip") or flags.get("ip") or socket.gethostbyname(socket.gethostname())
    return Settings(
        id=str(uuid.uuid4()),
        ip=ip,
        port=flags.number("port"),
        hostname=flags.get("hostname") or socket.getfqdn(),
        cluster=flags.get("cluster"),
        quorum=flags.number("quorum") if url else 0,
        path=url.path if url else "",
        agent_timeout=flags.seconds("agent_ping_timeout") * flags.number("max_agent_ping_timeouts"),
        reregister_timeout=flags.seconds("agent_reregister_timeout"),
        fetch_timeout=flags.seconds("registry_fetch_timeout"),
        flags=dict(flags.values),
    ), url


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


def _serve(settings: Settings, url: zkurl.ZkUrl | None, session: float) -> int:
    stop, status = threading.Event(), [0]

    def die(why: str) -> None:
        log(f"E {why}")
        status[0] = 1
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ensemble = Kazoo(url, session) if url else None
    master = Master(settings, ensemble, die)
    try:
        server = Server(settings.flags.get("ip", "0.0.0.0"), settings.port, Pages(master))  # noqa: S104 - Mesos' default
    except OSError as error:
        print(f"mesos-master: cannot listen on port {settings.port}: {error.strerror}", file=sys.stderr)
        return 1
    if ensemble:
        master.election = Election(
            ensemble, folder=settings.path, prefix=CONTENDER, marker=CONTENDER, content=master_info(settings),
            patience=session, on_won=master.won, on_lost=master.lost,
        )  # fmt: skip
        threading.Thread(target=master.election.run, args=(stop,), daemon=True).start()
    else:
        master.lead()
    master.run(stop)
    server.close()
    if ensemble:
        ensemble.close()
    return status[0]
