"""The program `weaver`: reads its command line, makes the data path, and runs until it is stopped."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence

from sandbox.commandline import Parser
from sandbox.weaver import VERSION, WHAT_IT_IS
from sandbox.weaver.control import Control
from sandbox.weaver.handshake import key_of
from sandbox.weaver.mesh import Mesh
from sandbox.weaver.names import Names
from sandbox.weaver.reports import Reports
from sandbox.weaver.resolver import Resolver
from sandbox.weaver.router import Router, log
from sandbox.weaver.topology import Record, Topology
from sandbox.weaver.vxlan import DataPath, NoDataPath, address_of

_WRONG_FLAG = 125  # weaver's exit status for one
_DNS_TTL = 1  # seconds: weaver's default


class Fatal(Exception):  # noqa: N818
    """The router cannot run; the text has the reason."""


def parser() -> Parser:
    flags = Parser("weaver", f"weave {VERSION} ({WHAT_IT_IS})", status=_WRONG_FLAG)
    flags.add_argument("--weave-bridge", default="weave")
    flags.add_argument("--mtu", type=int, default=0)
    flags.add_argument("--port", type=int, default=6783)
    flags.add_argument("--nickname", default=socket.gethostname())
    flags.add_argument("--http-addr", default="")
    flags.add_argument("--status-addr", default="")
    flags.add_argument("--no-dns", action="store_true")
    flags.add_argument("--dns-domain", default="weave.local.")
    flags.add_argument("--dns-listen-address", default="0.0.0.0:53")
    flags.add_argument("--resolv-conf", type=_off("other resolvers to ask", "/dev/null"), default="")
    flags.add_argument("--docker-api", type=_off("use of docker"), default="")
    flags.add_argument("--ipalloc-range", type=_off("address allocation"), default="")
    flags.add_argument("--no-fastdp", action="store_true", help="accepted: this stand-in has no fast datapath")
    flags.ignore("--conn-limit", "--datapath", "--db-prefix")
    flags.add_argument("peers", nargs="*", metavar="PEER")
    return flags


def _off(what: str, *allowed: str) -> Callable[[str], str]:
    """The type of a flag whose value has to switch off what a stand-in does not have."""

    def read(text: str) -> str:
        if text not in ("", *allowed):
            raise ArgumentTypeError(
                f"this stand-in has no {what}: pass {allowed[0] if allowed else 'an empty value'}"
            )
        return text

    return read


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 1 where the router can't run. Exits with 125 for a wrong flag."""
    given = parser().read(arguments)
    logging.basicConfig(format="%(levelname).4s: %(asctime)s %(message)s", datefmt="%Y/%m/%d %H:%M:%S", level="INFO")
    try:
        asyncio.run(_run(given))
    except (Fatal, NoDataPath) as error:
        print(f"FATA: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(given: Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    data_path = DataPath(bridge=given.weave_bridge, mtu=given.mtu)
    router = _router(given, data_path)
    try:
        # The port first: a router that can't have it must not touch the device of the one that has.
        await router.listen(given.port)
    except OSError as error:
        raise Fatal(str(error)) from error
    data_path.start()
    try:
        await _open(given, router)
        await stop.wait()
        log.info("=== received SIGINT/SIGTERM ===")
    finally:
        data_path.stop()


def _router(given: Namespace, data_path: DataPath) -> Router:
    """A peer's name is the MAC of its bridge."""
    name = address_of(given.weave_bridge)
    if not name:
        raise Fatal(f"there is no bridge {given.weave_bridge}: make it first")
    log.info("weave %s (%s); our name is %s(%s)", VERSION, WHAT_IT_IS, name, given.nickname)
    ourself = Record(name=name, nickname=given.nickname, uid=time.time_ns())
    mesh = Mesh(topology=Topology(ourself), port=given.port)
    return Router(mesh, data_path, key_of(os.environ.get("WEAVE_PASSWORD", "")))


async def _open(given: Namespace, router: Router) -> None:
    """Dials its peers and answers on its control addresses."""
    try:
        if errors := router.connect(given.peers):
            raise Fatal("; ".join(errors))
        resolver = None if given.no_dns else _resolver(given, router)
        if resolver:
            await resolver.listen()
        reports = Reports(router, mtu=given.mtu, resolver=resolver)
        names = resolver.names if resolver else None
        for address, control in (
            (given.http_addr, Control(router, reports, writable=True, names=names)),
            (given.status_addr, Control(router, reports)),
        ):
            if address:
                await control.listen(address)
    except (OSError, ValueError) as error:
        raise Fatal(str(error)) from error


def _resolver(given: Namespace, router: Router) -> Resolver:
    log.info("Listening for DNS queries on %s", given.dns_listen_address)
    return Resolver(Names(router, given.dns_domain), address=given.dns_listen_address, ttl=_DNS_TTL)
