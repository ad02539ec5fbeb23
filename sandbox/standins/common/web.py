"""A small HTTP server: one function answers every request, each in a thread of its own."""

import json
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

JSON = "application/json"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
_LONGEST_BODY = 8 << 20


class Refused(Exception):  # noqa: N818
    """The request gets `status` and a JSON body with `message` and `more`."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"message": message, **more}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came. `path` is unquoted and has no slash at its end; `peer` is the address it came from."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    target: str = ""
    peer: str = ""

    def json(self) -> Any:
        """Raises Refused (400) for a body that is no JSON."""
        try:
            return json.loads(self.body or b"null")
        except ValueError as error:
            raise Refused(400, "Invalid JSON", details=[{"path": "", "errors": [str(error)]}]) from None

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() == "true"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    kind: str = TEXT
    headers: dict[str, str] = field(default_factory=dict)


def reply(value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; `Location="x"` among `headers` is a header."""
    return Answer(status=status, body=json.dumps(value).encode(), kind=JSON, headers=headers)


Application = Callable[[Request], Answer]


class Server:
    """Serves `application` on `address:port` (0: any free port, see `port`) until closed. Raises OSError."""

    def __init__(self, address: str, port: int, application: Application) -> None:
        class _Requests(_Exchange):
            answers = staticmethod(application)

        class _Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hangs up in the middle is none of our concern."""

        self._listener = _Listener((address, port), _Requests)
        self.port = int(self._listener.server_address[1])
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.2,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Exchange(BaseHTTPRequestHandler):
    answers: Application
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def _exchange(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > _LONGEST_BODY:
            self.close_connection = True
            return self._send(reply({"message": "body too large"}, 413))
        body = self.rfile.read(length)
        url = urlsplit(self.path)
        request = Request(
            method="GET" if self.command == "HEAD" else self.command,
            path=unquote(url.path).rstrip("/") or "/",
            query={key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            target=self.path,
            peer=str(self.client_address[0]),
        )
        return self._send(_answer(type(self).answers, request))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _exchange  # noqa: N815

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """No access log: health checks would fill it."""


def _answer(application: Application, request: Request) -> Answer:
    try:
        return application(request)
    except Refused as refused:
        return reply(refused.body, refused.status)
    except Exception as error:
        print(f"E {request.method} {request.path}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return reply({"message": f"internal error of the stand-in: {error}"}, 500)
