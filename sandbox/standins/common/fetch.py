"""A small HTTP client, over TCP or a unix socket."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class Unreachable(Exception):  # noqa: N818
    """No answer; the text has the server and the reason."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body or b"null")


class SocketConnection(http.client.HTTPConnection):
    """HTTP over the unix socket `path`."""

    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def call(
    method: str, url: str, value: Any = None, *, timeout: float = 5, headers: dict[str, str] | None = None
) -> Reply:
    """Follows no redirect. `value` goes as JSON, or as it is when it is bytes. Raises Unreachable.

    `timeout`: seconds for the connection, and for each read.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return exchange(connection, method, target, value, headers=headers, server=f"{parts.hostname}:{parts.port or 80}")


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    value: Any = None,
    *,
    headers: dict[str, str] | None = None,
    server: str = "",
) -> Reply:
    """One request on a connection that is closed after it. Raises Unreachable."""
    body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    sent = {"Connection": "close", **({"Content-Type": "application/json"} if body is not None else {})}
    try:
        connection.request(method, target, body, {**sent, **(headers or {})})
        answer = connection.getresponse()
        return Reply(
            status=answer.status,
            body=answer.read(),
            headers={name.lower(): value for name, value in answer.getheaders()},
        )
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{server}: {error or type(error).__name__}") from error
    finally:
        connection.close()
