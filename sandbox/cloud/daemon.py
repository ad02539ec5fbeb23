"""The daemon's process: `python -m sandbox.cloud.daemon`, as root, until a call or a signal stops it."""

import fcntl
import importlib
import json
import logging
import os
import signal
import sys
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.cloud.api_front import ApiFront
from sandbox.cloud.moto_state import MotoRequestHandler, application
from sandbox.cloud.reconcile import Reconciler
from sandbox.cloud.site import Site
from sandbox.home import Home
from sandbox.hosts.cleanup import remove_hosts

# moto loads these at the first request, which would be in the middle of an `up`.
LATER = ("moto.ec2.urls", "moto.ec2.responses", "moto.elbv2", "moto.autoscaling")
log = logging.getLogger("cloud")


class Quiet(MotoRequestHandler):
    """moto's own handler of requests, with HTTP/1.1 and without a line for each of them."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def serve(home: Home) -> None:
    """Clean up after a daemon that died, listen, write cloud.json, and remove every host at the end."""
    with home.cloud_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        removed = remove_hosts(home)
        if removed:
            log.info("removed %d hosts that an earlier daemon left", removed)
        reconciler = Reconciler(home, Site(home))
        done = threading.Event()
        front = ApiFront(application(), reconciler, home.key.read_text(), done.set)
        server = _listen(home, front)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: done.set())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _announce(home, server.port)
        for module in LATER:
            importlib.import_module(module)
        done.wait()
        reconciler.shut_down()
        home.cloud_json.unlink(missing_ok=True)


def _listen(home: Home, front: ApiFront):  # type: ignore[no-untyped-def]
    handler: type[WSGIRequestHandler] = Quiet
    try:
        return make_server("127.0.0.1", home.port, front, threaded=True, request_handler=handler)
    except (OSError, SystemExit):  # another program has the port
        return make_server("127.0.0.1", 0, front, threaded=True, request_handler=handler)


def _announce(home: Home, port: int) -> None:
    half = home.cloud_json.with_suffix(".half")
    half.write_text(json.dumps({"endpoint": f"http://127.0.0.1:{port}", "pid": os.getpid()}))
    half.rename(home.cloud_json)


if __name__ == "__main__":
    os.umask(0o022)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    serve(Home())
