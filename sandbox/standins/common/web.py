"""HTTP for the stand-ins: bottle finds the function for a request, and each request has a thread of its own."""

import json
import sys
import threading
from collections.abc import Callable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import bottle
from bottle import HTTPResponse as Answer
from bottle import LocalRequest as Request

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.ensemble import Lost

__all__ = ["Answer", "Refused", "Request", "Server", "answering", "application", "body", "page", "reply"]

_LONGEST_BODY = 8 << 20
_SILENCE = 60  # seconds in which a client must send its request


class Refused(Exception):  # noqa: N818
    """The request gets `status` and a JSON body with `message` and `more`."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"message": message, **more}


def reply(value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; `Location="x"` among `headers` is a header, an underscore in its name a hyphen."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(json.dumps(value), status, {"Content-Type": "application/json", **named})


def page(text: str) -> Answer:
    return Answer(text, 200, {"Content-Type": "text/html; charset=utf-8"})


def body() -> Any:
    """The JSON of the request at hand. Raises Refused for what is not JSON (400) or too long (413)."""
    if bottle.request.content_length > _LONGEST_BODY:
        raise Refused(413, f"this stand-in takes no more than {_LONGEST_BODY >> 20} MiB")
    try:
        return json.loads(bottle.request.body.read() or b"null")
    except ValueError as error:
        raise Refused(400, "Invalid JSON", details=[{"path": "", "errors": [str(error)]}]) from None


def application(routes: Mapping[str, Callable[..., Any]]) -> Any:
    """A WSGI application of routes such as `GET /v2/apps/<id:path>`; whatever has none is refused with 501.

    A function gets the words of its path. It returns an Answer, or what goes as JSON, or raises Refused, or Lost.
    """
    made = bottle.Bottle()
    for route, answer in routes.items():
        method, _, path = route.partition(" ")
        made.route(path, method, _answered(answer))
    made.default_error_handler = _unanswered
    return made


def answering(answer: Callable[[Request], Any]) -> Any:
    """An application of one function, which answers every request."""
    return application({"ANY /<:re:.*>": lambda: answer(bottle.request)})


def _answered(answer: Callable[..., Any]) -> Callable[..., Answer]:
    def call(**words: str) -> Answer:
        try:
            value = answer(**words)
        except Refused as refused:
            value = reply(refused.body, refused.status)
        except Lost as error:
            value = reply({"message": str(error)}, 503)
        return _signed(value if isinstance(value, Answer) else reply(value))

    return call


def _signed(answer: Answer) -> Answer:
    answer.set_header("Server", WHAT_IT_IS)
    return answer


def _unanswered(error: Any) -> str:
    """404 and 405 are bottle's words for a request without a route."""
    missing = error.status_code in (404, 405)
    request, text = bottle.request, f"internal error of the stand-in: {error.exception!r}"
    if missing:
        text = f"this stand-in has no {request.method} {request.path}"
    else:
        print(f"E {request.method} {request.path}: {text}", file=sys.stderr, flush=True)
    answer = _signed(reply({"message": text}, 501 if missing else 500))
    answer.apply(bottle.response)
    return str(answer.body)


class Server:
    """Serves `application` on `address:port` (0: any free port, see `port`) until closed. Raises OSError."""

    def __init__(self, address: str, port: int, application: Any) -> None:
        self._listener = make_server(address, port, application, _Listener, _Exchange)
        self.port = int(self._listener.server_port)
        threading.Thread(target=self._listener.serve_forever, args=(0.2,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may hang up in the middle of a request."""


class _Exchange(WSGIRequestHandler):
    timeout = _SILENCE

    def log_message(self, format: str, *args: Any) -> None:
        """No access log: health checks would fill it."""
