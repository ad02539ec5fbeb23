"""The agent's command line, and its life."""

import os
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path

from sandbox.standins.common import zkurl
from sandbox.standins.common.docker import Docker
from sandbox.standins.common.ensemble import Kazoo
from sandbox.standins.common.flags import Flags, WrongFlag, load, told
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.mesos import VERSION, Detector, Json, parse_attributes, parse_resources
from sandbox.standins.common.web import Server
from sandbox.standins.mesos_agent.agent import Agent
from sandbox.standins.mesos_agent.flags import KNOWN, OTHERS
from sandbox.standins.mesos_agent.store import Store
from sandbox.standins.mesos_agent.tasks import Place, Tasks


def run() -> int:
    try:
        flags = load(KNOWN, OTHERS, sys.argv[1:], os.environ)
        if told(flags, "mesos-slave", f"mesos {VERSION}", {*KNOWN, *OTHERS}):
            return 0
        where = _master(flags)
        work_dir = Path(flags["work_dir"])
        info = information(flags)
        place = _place(flags, info, work_dir)
        session = flags.seconds("zk_session_timeout")
    except WrongFlag as error:
        print(f"mesos-slave: {error}", file=sys.stderr)
        return 1
    first_line("mesos-slave", VERSION)
    try:
        store = Store(work_dir)
        tasks = Tasks(place, store, Docker(flags["docker_socket"]))
        detector = Detector(where, Kazoo(where, session) if isinstance(where, zkurl.ZkUrl) else None)
        agent = Agent(info, store, tasks, detector)
        server = Server(flags.get("ip", "0.0.0.0"), info["port"], agent)  # noqa: S104 - Mesos' default
    except (OSError, ValueError) as error:
        print(f"mesos-slave: cannot start: {error}", file=sys.stderr)
        return 1
    _live(agent, store, tasks)
    server.close()
    return 0


def _live(agent: Agent, store: Store, tasks: Tasks) -> None:
    """Until SIGTERM, which leaves tasks running, or SIGUSR1, which takes them away and unregisters."""
    stop, leave = threading.Event(), threading.Event()

    def end(number: int, _frame: object) -> None:
        if number == signal.SIGUSR1:
            leave.set()
        stop.set()
        store.changed.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, end)
    tasks.recover()
    agent.run(stop)
    if leave.is_set():
        agent.farewell()
        log("I Unregistered")


def _master(flags: Flags) -> zkurl.ZkUrl | str:
    """Raises WrongFlag."""
    if not flags.get("master"):
        raise WrongFlag("Missing required option --master")
    text = flags["master"]
    if not text.startswith("zk://"):
        return text if ":" in text else f"{text}:5050"
    try:
        return zkurl.parse(text)
    except ValueError as error:
        raise WrongFlag(f"Failed to create a master detector for '{text}': {error}") from None


def information(flags: Flags) -> Json:
    """What the agent tells of itself. Raises WrongFlag."""
    try:
        given = parse_resources(flags.get("resources"))
        attributes = parse_attributes(flags.get("attributes"))
    except (ValueError, KeyError) as error:
        raise WrongFlag(f"Failed to load resources or attributes: {error}") from None
    return {
        "hostname": flags.get("hostname") or socket.getfqdn(),
        "ip": flags.get("advertise_ip") or flags.get("ip") or socket.gethostbyname(socket.gethostname()),
        "port": flags.number("port"),
        "resources": {**_machine(), **given},
        "attributes": attributes,
        "version": VERSION,
    }


def _machine() -> Json:
    """What Mesos takes when nothing is said: a GB (or half) less memory and 5 GB less disk than there is."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    disk = shutil.disk_usage("/").total >> 20
    return {
        "cpus": float(os.cpu_count() or 1),
        "mem": float(memory - 1024 if memory > 2048 else memory // 2),
        "disk": float(disk - 5120 if disk > 10240 else disk // 2),
        "ports": [[31000, 32000]],
    }


def _place(flags: Flags, info: Json, work_dir: Path) -> Place:
    """Raises WrongFlag."""
    kinds = flags["containerizers"].split(",")
    if unknown := [kind for kind in kinds if kind not in ("docker", "mesos")]:
        raise WrongFlag(f"Could not create containerizer: Unknown or unsupported containerizer: {unknown[0]}")
    return Place(
        ip=info["ip"],
        hostname=info["hostname"],
        sandboxes=work_dir / "runs",
        sandbox_directory=flags["sandbox_directory"],
        registration_timeout=flags.seconds("executor_registration_timeout"),
        stop_timeout=flags.seconds("docker_stop_timeout"),
        # Mesos keeps two of these seconds for itself.
        shutdown_grace=max(0, flags.seconds("executor_shutdown_grace_period") - 2),
        remove_delay=flags.seconds("docker_remove_delay"),
        docker="docker" in kinds,
    )
