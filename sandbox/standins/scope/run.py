"""Scope's life: one process is an app or a probe."""

import os
import signal
import sys
import threading

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.docker import SOCKET, Docker
from sandbox.standins.common.log import first_line, log
from sandbox.standins.common.web import Server
from sandbox.standins.scope.app import VERSION, App
from sandbox.standins.scope.flags import CommandLine, WrongFlag, address, parse
from sandbox.standins.scope.probe import Probe


def run() -> int:
    arguments = sys.argv[1:]
    try:
        line = parse(["--mode=version"] if arguments in (["version"], ["--version"]) else arguments)
        host, port = address(line.flags["app.http.address"])
    except WrongFlag as error:
        print(f"scope: {error}", file=sys.stderr)
        return 2
    if line.mode in ("version", "help"):
        print(f"Weave Scope version {VERSION} ({WHAT_IT_IS})")
        return 0
    first_line(f"scope --mode={line.mode}", VERSION)
    if line.on("dry-run"):
        return 0
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return _app(host, port, stop) if line.mode == "app" else _probe(line, stop)


def _app(host: str, port: int, stop: threading.Event) -> int:
    try:
        server = Server(host, port, App())
    except OSError as error:
        print(f"scope: cannot listen on {host}:{port}: {error.strerror}", file=sys.stderr)
        return 1
    log(f"I listening on {host}:{port}")
    stop.wait()
    server.close()
    return 0


def _probe(line: CommandLine, stop: threading.Event) -> int:
    docker = Docker(os.environ.get("DOCKER_HOST") or SOCKET) if line.on("probe.docker") else None
    Probe(line.peers, docker).run(stop)
    return 0
