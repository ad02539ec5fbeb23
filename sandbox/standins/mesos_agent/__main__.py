"""The agent's command line, and its life."""

import os
import shutil
import signal
import sys
import threading
from argparse import Namespace
from pathlib import Path

from sandbox.commandline import Parser
from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common import zkurl
from sandbox.standins.common.docker import SOCKET, Docker
from sandbox.standins.common.ensemble import Kazoo
from sandbox.standins.common.log import first_line
from sandbox.standins.common.mesos import VERSION, Detector, Json, parse_attributes, parse_resources, seconds
from sandbox.standins.common.web import Server
from sandbox.standins.mesos_agent.agent import Agent
from sandbox.standins.mesos_agent.store import Store
from sandbox.standins.mesos_agent.tasks import Place, Tasks

_SESSION = 10.0  # seconds: Mesos' default of --zk_session_timeout


def parser() -> Parser:
    flags = Parser("mesos-agent", f"mesos {VERSION} ({WHAT_IT_IS})", status=1, prefix="MESOS_")
    flags.add_argument("--master", type=zkurl.parse, required=True)
    for name in ("ip", "hostname", "work_dir"):
        flags.add_argument(f"--{name}", required=True)
    flags.add_argument("--port", type=int, default=5051)
    flags.add_argument("--resources", type=parse_resources, default="")
    flags.add_argument("--attributes", type=parse_attributes, default="")
    flags.add_argument("--executor_registration_timeout", type=seconds, default="1mins")
    flags.add_argument("--containerizers", choices=["docker"], default="docker")
    flags.add_argument("--docker_mesos_image", default="")
    flags.ignore("--hostname_lookup")
    flags.ignore("--launcher", "--switch_user", "--systemd_enable_support")
    return flags


def main() -> int:
    """Runs until it is stopped, which leaves its tasks running, or shut down. Returns the exit status."""
    given = parser().read()
    first_line("mesos-agent", VERSION)
    info = _information(given)
    try:
        store = Store(Path(given.work_dir))
        tasks = Tasks(_place(given), store, Docker(SOCKET))
        agent = Agent(info, store, tasks, Detector(given.master, Kazoo(given.master, _SESSION)))
        server = Server(given.ip, given.port, agent.pages())
    except (OSError, ValueError) as error:
        print(f"mesos-agent: cannot start: {error}", file=sys.stderr)
        return 1
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()
        store.changed.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    tasks.recover()
    agent.run(stop)
    server.close()
    return 0


def _information(given: Namespace) -> Json:
    """What the agent reports of itself."""
    return {
        "hostname": given.hostname,
        "ip": given.ip,
        "port": given.port,
        "resources": {**_machine(), **given.resources},
        "attributes": given.attributes,
    }


def _machine() -> Json:
    """Mesos' defaults: a GB (or half) less memory and 5 GB (or half) less disk than there is."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    disk = shutil.disk_usage("/").total >> 20
    return {
        "cpus": float(os.cpu_count() or 1),
        "mem": float(memory - 1024 if memory > 2048 else memory // 2),
        "disk": float(disk - 5120 if disk > 10240 else disk // 2),
        "ports": [[31000, 32000]],
    }


def _place(given: Namespace) -> Place:
    return Place(
        ip=given.ip,
        hostname=given.hostname,
        sandboxes=Path(given.work_dir) / "runs",
        registration_timeout=given.executor_registration_timeout,
        executor_image=given.docker_mesos_image,
    )


if __name__ == "__main__":
    sys.exit(main())
