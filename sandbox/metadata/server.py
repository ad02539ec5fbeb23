"""The service's process-wide part: a listening socket in a network namespace, and a thread that serves it."""

import ctypes
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.hosts.programs import HostError
from sandbox.metadata.service import Service

CLONE_NEWNET = 0x40000000
PORT = 80


class Quiet(WSGIRequestHandler):
    """One request on a connection, whose packets have their hops limited for the one answer; no line for each."""

    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Server:
    """Serves `service` on `listener` until closed."""

    def __init__(self, listener: socket.socket, service: Service) -> None:
        address, port = listener.getsockname()
        with listener:  # werkzeug duplicates it
            self._server = make_server(
                address, port, service, threaded=True, request_handler=Quiet, fd=listener.fileno()
            )
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()


def listen_in(netns: str, address: str) -> socket.socket:
    """A listening socket at `address` of the network namespace called `netns`. Raises HostError.

    A socket stays in the namespace in which it was made. A thread of its own enters that one, and ends: all others of
    this process keep theirs.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_listen_in, Path("/run/netns") / netns, address).result()


def _listen_in(namespace: Path, address: str) -> socket.socket:
    try:
        enter(namespace)
        return socket.create_server((address, PORT), backlog=128)
    except OSError as problem:
        raise HostError(f"the metadata service can't listen on {address} in {namespace.name}: {problem}") from problem


def enter(namespace: Path) -> None:
    """Put this thread into a network namespace, as os.setns of Python 3.12 does. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    with namespace.open("rb") as file:
        if libc.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
