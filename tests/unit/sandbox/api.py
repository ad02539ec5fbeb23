"""The daemon's API on loopback, in this process, in front of hosts that are processes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from werkzeug.serving import make_server

from sandbox.cloud.api_front import ApiFront
from sandbox.cloud.moto_state import MotoRequestHandler, application
from sandbox.cloud.reconcile import Reconciler
from sandbox.cloud.site import Site
from sandbox.home import Home
from sandbox.hosts.host import Host, HostSpec
from tests.unit.sandbox.fake_host import FakeHost

KEY = "SANDBOXTESTS"


class NoSite(Site):
    """No switch and no registry."""

    def up(self, vpc: IPv4Network) -> None:
        pass

    def down(self) -> None:
        pass


def hosts_of(kind: type[FakeHost]) -> Callable[[Home, HostSpec], Host]:
    return lambda home, spec: kind(home, spec)  # type: ignore[return-value]


def reconciler_in(folder: Path) -> Reconciler:
    home = Home(folder)
    return Reconciler(home, NoSite(home), hosts_of(FakeHost))


@contextmanager
def serving(reconciler: Reconciler) -> Iterator[tuple[str, ApiFront]]:
    """Its URL, and what answers there; the hosts are gone afterwards."""
    front = ApiFront(application(), reconciler, KEY, lambda: None)
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}", front
    reconciler.shut_down()
    server.shutdown()


def client(service: str, endpoint: str, region: str, key: str = KEY) -> Any:
    """A client that tries once."""
    session = boto3.session.Session(aws_access_key_id=key, aws_secret_access_key="any", region_name=region)
    return session.client(service, endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}))
