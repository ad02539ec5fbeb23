"""The address of an ensemble: zk://host:2181,host:2181/path."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ZkUrl:
    """`hosts` as kazoo takes them (`a:2181,b:2181`), `path` without a slash at its end, `user:password` or ""."""

    hosts: str
    path: str
    credentials: str = ""

    def __str__(self) -> str:
        return f"zk://{self.hosts}{self.path}"


def parse(text: str) -> ZkUrl:
    """Raises ValueError, its text for the user."""
    match = re.fullmatch(r"zk://(?:([^@/]+:[^@/]+)@)?([^@/]+)(/.*)?", text)
    if not match:
        raise ValueError(f"expecting zk://host1:port1,host2:port2/path, not {text!r}")
    credentials, hosts, path = match[1] or "", match[2], (match[3] or "").rstrip("/")
    for host in hosts.split(","):
        if not re.fullmatch(r"[A-Za-z0-9._-]+(:\d{1,5})?", host):
            raise ValueError(f"{host!r} in {text!r} is no host:port")
    if not path:
        raise ValueError(f"expecting a path that is not / in {text!r}")
    return ZkUrl(hosts=hosts, path=path, credentials=credentials)
