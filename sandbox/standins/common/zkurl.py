"""The address of an ensemble: zk://host:2181,host:2181/path."""

import re
from argparse import ArgumentTypeError
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ZkUrl:
    """`hosts` as kazoo takes them (`a:2181,b:2181`), `path` without a slash at its end."""

    hosts: str
    path: str

    def __str__(self) -> str:
        return f"zk://{self.hosts}{self.path}"


def parse(text: str) -> ZkUrl:
    """Raises ArgumentTypeError."""
    host = r"[A-Za-z0-9._-]+(:\d{1,5})?"
    match = re.fullmatch(rf"zk://(?P<hosts>{host}(,{host})*)(?P<path>/[^/].*?)/?", text)
    if not match:
        raise ArgumentTypeError(f"{text!r} is not zk://HOST:PORT,HOST:PORT/PATH")
    return ZkUrl(hosts=match["hosts"], path=match["path"])
