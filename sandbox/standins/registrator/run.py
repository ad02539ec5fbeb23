"""registrator's life."""

import os
import signal
import socket
import sys
import threading
import time

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.log import first_line, log
from sandbox.standins.registrator.bridge import Bridge
from sandbox.standins.registrator.consul import Consul, ConsulError
from sandbox.standins.registrator.flags import Config, WrongFlag, parse

VERSION = "v7-standin"


def run() -> int:
    if sys.argv[1:] == ["--version"]:
        print(f"registrator {VERSION} ({WHAT_IT_IS})")
        return 0
    first_line("registrator", VERSION)
    try:
        config = parse(sys.argv[1:])
        docker = Docker(_socket(os.environ.get("DOCKER_HOST") or "unix:///tmp/docker.sock"))
    except WrongFlag as error:
        print(error, file=sys.stderr)
        return error.status
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    consul = Consul(config.consul)
    try:
        _connect(consul, config)
        follow(Bridge(config, docker, consul, socket.gethostname()), docker, config)
    except (ConsulError, DockerError) as error:
        print(f"registrator: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 0
    else:
        log("Docker event loop closed")
    return 1


def _socket(host: str) -> str:
    """Raises WrongFlag."""
    if not host.startswith("unix://"):
        raise WrongFlag(f"DOCKER_HOST={host}: this stand-in speaks to docker by unix:// only", 1)
    return host


def _connect(consul: Consul, config: Config) -> None:
    """Raises ConsulError after -retry-attempts."""
    attempt = 0
    while True:
        log(f"Connecting to backend ({attempt}/{config.retry_attempts})")
        try:
            log(f"consul: current leader {consul.leader()}")
        except ConsulError:
            if attempt == config.retry_attempts:
                raise
        else:
            return
        time.sleep(config.retry_interval)
        attempt += 1


def follow(bridge: Bridge, docker: Docker, config: Config) -> None:
    """Until docker closes the stream. Listens before it looks, so that nothing is missed. Raises DockerError."""
    for event in docker.events():
        if event:
            bridge.on_event(event)
            continue
        log("Listening for Docker events ...")
        bridge.sync(quiet=False)
        if config.resync:
            threading.Thread(target=_resync, args=(bridge, config.resync), daemon=True).start()


def _resync(bridge: Bridge, interval: int) -> None:
    while True:
        time.sleep(interval)
        bridge.sync(quiet=True)
