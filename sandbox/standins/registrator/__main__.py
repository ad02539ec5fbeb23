"""registrator's command line, and its life."""

import os
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentTypeError

from sandbox.commandline import Parser
from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.log import first_line, log
from sandbox.standins.registrator.bridge import Bridge
from sandbox.standins.registrator.consul import Consul, ConsulError

VERSION = "v7.4.0-standin"
_SOCKET = "/tmp/docker.sock"  # noqa: S108 - where registrator looks for docker
_RETRY = 2.0  # seconds: registrator's default of -retry-interval


def parser() -> Parser:
    flags = Parser("registrator", f"registrator {VERSION} ({WHAT_IT_IS})", status=2)
    flags.add_argument("-internal", action="store_true", required=True, help="the only mode of this stand-in")
    flags.add_argument("-cleanup", action="store_true")
    flags.add_argument("-resync", type=int, default=0)
    flags.add_argument("-retry-attempts", type=int, default=0)
    flags.ignore("-ip")  # -internal takes precedence
    flags.add_argument("consul", type=_consul)
    return flags


def _consul(uri: str) -> str:
    """consul://host:port -> its URL. Raises ArgumentTypeError."""
    scheme, _, address = uri.partition("://")
    if scheme != "consul" or not address.rpartition(":")[2].isdigit():
        raise ArgumentTypeError(f"this stand-in has no registry {uri}: write consul://HOST:PORT")
    return f"http://{address}"


def main() -> int:
    """Runs until docker or Consul is gone. Returns the exit status."""
    given = parser().read()
    first_line("registrator", VERSION)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    docker, consul = Docker(_SOCKET), Consul(given.consul, os.environ.get("CONSUL_HTTP_TOKEN", ""))
    try:
        _connect(consul, given.retry_attempts)
        follow(Bridge(docker, consul, socket.gethostname(), cleanup=given.cleanup), docker, given.resync)
    except (ConsulError, DockerError) as error:
        print(f"registrator: {error}", file=sys.stderr)
    else:
        log("Docker event loop closed")
    return 1


def _connect(consul: Consul, attempts: int) -> None:
    """Raises ConsulError after so many attempts; never where they are negative."""
    attempt = 0
    while True:
        log(f"Connecting to backend ({attempt}/{attempts})")
        try:
            log(f"consul: current leader {consul.leader()}")
        except ConsulError:
            if attempt == attempts:
                raise
        else:
            return
        time.sleep(_RETRY)
        attempt += 1


def follow(bridge: Bridge, docker: Docker, resync: int) -> None:
    """Until docker closes the stream. Listens before it looks, so that nothing is missed. Raises DockerError."""
    for event in docker.events():
        if event:
            bridge.on_event(event)
            continue
        log("Listening for Docker events ...")
        bridge.sync(quiet=False)
        if resync:
            threading.Thread(target=_resync, args=(bridge, resync), daemon=True).start()


def _resync(bridge: Bridge, seconds: int) -> None:
    while True:
        time.sleep(seconds)
        bridge.sync(quiet=True)


if __name__ == "__main__":
    sys.exit(main())
