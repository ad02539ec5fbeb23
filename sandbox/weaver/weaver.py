"""The program `weaver`: reads its command line, makes the data path, and runs until it is told to stop."""

import asyncio
import json
import logging
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.weaver import VERSION, WHAT_IT_IS
from sandbox.weaver.control import Control
from sandbox.weaver.flags import (
    CommandLine,
    Unserved,
    WrongFlag,
    parse,
    refuse_what_is_not_served,
    usage,
)
from sandbox.weaver.handshake import key_of
from sandbox.weaver.mesh import Mesh
from sandbox.weaver.names import Names
from sandbox.weaver.naming import Naming
from sandbox.weaver.reports import Reports
from sandbox.weaver.resolver import Resolver
from sandbox.weaver.router import Router, log
from sandbox.weaver.topology import Record, Topology
from sandbox.weaver.vxlan import DataPath, NoDataPath, address_of

_WRONG_FLAG = 125  # weaver's exit status for one
_SENTINEL = Path("restart.sentinel")


class Fatal(Exception):  # noqa: N818
    """The router cannot run; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 125 for a wrong flag, 1 for anything else that keeps it from running."""
    try:
        command_line = parse(sys.argv[1:] if arguments is None else arguments)
    except WrongFlag as error:
        print(f"{error}\nSee '{sys.argv[0]} --help'.", file=sys.stderr)
        return _WRONG_FLAG
    if command_line["help"]:
        print(usage(sys.argv[0]))
        return 0
    if command_line["version"]:
        print(f"weave {VERSION} ({WHAT_IT_IS})")
        return 0
    logging.basicConfig(format="%(levelname).4s: %(asctime)s %(message)s", datefmt="%Y/%m/%d %H:%M:%S", level="INFO")
    try:
        name = _peer_name(command_line)
        if command_line["print-peer-name"]:
            print(name)
            return 0
        refuse_what_is_not_served(command_line)
        asyncio.run(_run(command_line, name))
    except (Fatal, Unserved, NoDataPath) as error:
        print(f"FATA: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(command_line: CommandLine, name: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    data_path = DataPath(bridge=command_line["weave-bridge"], mtu=command_line["mtu"])
    router = _router(command_line, name, data_path)
    try:
        # The port first: who can't have it must not touch the device of the router that has.
        await router.listen(command_line["host"], command_line["port"])
    except OSError as error:
        raise Fatal(str(error)) from error
    data_path.start()
    try:
        await _open(command_line, router)
        await stop.wait()
        log.info("=== received SIGINT/SIGTERM ===")
    finally:
        data_path.stop()


def _router(command_line: CommandLine, name: str, data_path: DataPath) -> Router:
    nickname = command_line["nickname"] or socket.gethostname()
    log.info("weave %s (%s); our name is %s(%s)", VERSION, WHAT_IT_IS, name, nickname)
    mesh = Mesh(
        topology=Topology(Record(name=name, nickname=nickname, uid=time.time_ns())),
        port=command_line["port"],
        discovery=not command_line["no-discovery"],
        limit=command_line["conn-limit"],
    )
    password = command_line["password"] or os.environ.get("WEAVE_PASSWORD", "")
    return Router(mesh, data_path, key_of(password))


async def _open(command_line: CommandLine, router: Router) -> None:
    """Dials its peers and answers on its control addresses."""
    try:
        if errors := router.connect(_initial_peers(command_line)):
            raise Fatal("; ".join(errors))
        resolver = None if command_line["no-dns"] else _resolver(command_line, router)
        if resolver:
            await resolver.listen()
        subnets = command_line["trusted-subnets"]
        reports = Reports(router, mtu=command_line["mtu"], trusted_subnets=subnets, resolver=resolver)
        naming = Naming(resolver) if resolver else None
        for flag, control in (
            ("http-addr", Control(router, reports, writable=True, naming=naming)),
            ("status-addr", Control(router, reports)),
        ):
            if command_line[flag]:
                await control.listen(command_line[flag])
    except (OSError, ValueError) as error:
        raise Fatal(str(error)) from error


def _resolver(command_line: CommandLine, router: Router) -> Resolver:
    address = command_line["dns-listen-address"]
    log.info("Listening for DNS queries on %s", address)
    return Resolver(Names(router, command_line["dns-domain"]), address=address, ttl=command_line["dns-ttl"])


def _initial_peers(command_line: CommandLine) -> Sequence[str]:
    """Like the real one, a router that was started here before takes its old peers, not the new ones."""
    if command_line["resume"] and command_line.peers:
        raise Fatal("You must not specify an initial peer list in conjunction with --resume")
    store = Path(f"{command_line['db-prefix']}-peers.json")
    if _SENTINEL.exists() or command_line["resume"]:
        peers = json.loads(store.read_text()) if store.exists() else []
        log.info("Restart/resume detected - using persisted peer list: %s", peers)
        return list(peers)
    log.info("Launch detected - using supplied peer list: %s", list(command_line.peers))
    store.write_text(json.dumps(command_line.peers))
    _SENTINEL.touch()
    return command_line.peers


def _peer_name(command_line: CommandLine) -> str:
    """The MAC of the bridge, unless --name says otherwise."""
    given = str(command_line["name"])
    if not given:
        given = address_of(command_line["weave-bridge"])
        if not given:
            raise Fatal(f"there is no bridge {command_line['weave-bridge']}: make it first")
    if not re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", given.lower()):
        raise Fatal(f'invalid peer name format: "{given}"')
    return given.lower()
