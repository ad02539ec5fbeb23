"""The control API and the status pages, over HTTP, with weaver's paths and status codes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from sandbox.weaver.reports import Reports
from sandbox.weaver.router import Router

_TEXT = "text/plain; charset=utf-8"
_LONGEST_BODY = 1 << 20
_TIME = 10.0  # seconds for a request to arrive


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back; `kind` is the content type."""

    status: HTTPStatus = HTTPStatus.OK
    body: str = ""
    kind: str = _TEXT


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came; `form` holds query and body together."""

    method: str
    path: str
    form: dict[str, list[str]]
    accept: str = ""


class Control:
    """Answers requests; `writable` is False on the status address."""

    def __init__(self, router: Router, reports: Reports, *, writable: bool) -> None:
        self._router = router
        pages: dict[str, Callable[[Request], Answer]] = {
            "/status": lambda _: Answer(body=reports.status()),
            "/status/targets": lambda _: Answer(body=reports.targets()),
            "/status/connections": lambda _: Answer(body=reports.connections()),
            "/status/peers": lambda _: Answer(body=reports.peers()),
            # weaver answers so where DNS and address allocation are off, and here they always are.
            "/status/dns": lambda _: _not_there(),
            "/status/ipam": lambda _: _not_there(),
            "/metrics": lambda _: Answer(body=reports.metrics(), kind="text/plain; version=0.0.4"),
            "/report": lambda request: _report(request, reports),
        }
        self._routes = {("GET", path): page for path, page in pages.items()}
        if writable:
            self._routes |= {("POST", "/connect"): self._connect, ("POST", "/forget"): self._forget}

    async def listen(self, address: str) -> None:
        """HOST:PORT, or the absolute path of a socket. Raises OSError."""
        if address.startswith("/"):
            self._server = await asyncio.start_unix_server(self._serve, address)
        else:
            host, _, port = address.rpartition(":")
            self._server = await asyncio.start_server(self._serve, host or None, int(port))

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        self._server.close()

    def answer(self, request: Request) -> Answer:
        if route := self._routes.get((request.method, request.path)):
            return route(request)
        if any(path == request.path for _, path in self._routes):
            return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED)
        return Answer(status=HTTPStatus.NOT_FOUND, body="404 page not found\n")

    def _connect(self, request: Request) -> Answer:
        replace = request.form.get("replace", [""])[0] == "true"
        errors = self._router.connect(request.form.get("peer", []), replace=replace)
        if errors:
            return Answer(status=HTTPStatus.BAD_REQUEST, body="\n".join(errors) + "\n")
        return Answer()

    def _forget(self, request: Request) -> Answer:
        self._router.forget(request.form.get("peer", []))
        return Answer()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(_read(reader), _TIME)
            answer = self.answer(request)
        except (ValueError, IndexError, EOFError, OSError):
            answer = Answer(status=HTTPStatus.BAD_REQUEST)
        body = answer.body.encode()
        head = f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\nContent-Type: {answer.kind}\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        try:
            writer.write(head.encode() + body)
            await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


def _not_there() -> Answer:
    return Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, body="error during template execution\n")


def _report(request: Request, reports: Reports) -> Answer:
    if request.accept == "application/json":
        return Answer(body=reports.report(), kind="application/json")
    if "format" not in request.form:
        return Answer(status=HTTPStatus.BAD_REQUEST, body="error: must supply one format parameter\n")
    return Answer(
        status=HTTPStatus.BAD_REQUEST,
        body="this stand-in has no templates: ask with Accept: application/json\n",
    )


async def _read(reader: asyncio.StreamReader) -> Request:
    """Raises ValueError, IndexError or EOFError for what is no request."""
    method, target, _version = (await reader.readline()).decode().split()
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode().strip()) and len(headers) < 100:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = min(int(headers.get("content-length", "0")), _LONGEST_BODY)
    if headers.get("expect", "").lower() == "100-continue":
        raise ValueError("no such large forms here")
    body = (await reader.readexactly(length)).decode()
    url = urlsplit(target)
    form = parse_qs(url.query)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        for key, values in parse_qs(body).items():
            form[key] = values + form.get(key, [])
    return Request(method=method, path=url.path, form=form, accept=headers.get("accept", ""))
