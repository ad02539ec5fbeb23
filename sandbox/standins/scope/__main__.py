"""Scope's command line, and its life: one process is an app or a probe."""

import signal
import sys
import threading

from sandbox.commandline import Parser
from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.docker import SOCKET, Docker
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.web import Server
from sandbox.standins.scope.app import VERSION, App
from sandbox.standins.scope.probe import Probe


def parser() -> Parser:
    flags = Parser("scope", f"Weave Scope version {VERSION} ({WHAT_IT_IS})", status=2)
    flags.add_argument("--mode", choices=("app", "probe"), required=True)
    flags.add_argument("--weave", choices=("false",), required=True, help="this stand-in does not know weave")
    flags.add_argument("--app.http.address", dest="address", default=":4040")
    flags.add_argument("--probe.docker", choices=("true",), dest="docker")
    flags.ignore("--probe.docker.bridge", "--probe.no-controls")
    flags.add_argument("--no-app", action="store_true")
    flags.add_argument("peers", nargs="*", metavar="URL")
    return flags


def main() -> int:
    """Runs until it is stopped. Returns the exit status."""
    flags = parser()
    given = flags.read()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if given.mode == "probe":
        if not (given.no_app and given.docker):
            flags.error("this stand-in has no probe without --no-app and --probe.docker=true")
        first_line("scope probe", VERSION)
        Probe(given.peers, Docker(SOCKET)).run(stop)
        return 0
    first_line("scope app", VERSION)
    host, _, port = given.address.rpartition(":")
    try:
        server = Server(host, int(port), App().pages())
    except (OSError, ValueError) as error:
        print(f"scope: cannot listen on {given.address}: {error}", file=sys.stderr)
        return 1
    log(f"I listening on {given.address}")
    stop.wait()
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
