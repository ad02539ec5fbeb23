"""The control API and the status pages, over HTTP, with weaver's paths and status codes."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from sandbox.weaver.naming import Naming
from sandbox.weaver.reports import Reports
from sandbox.weaver.router import Router
from sandbox.weaver.web import Answer, Request, read

_TIME = 10.0  # seconds for a request to arrive


class Control:
    """Answers requests; `writable` is False on the status address, which knows no `naming` either."""

    def __init__(
        self, router: Router, reports: Reports, *, writable: bool = False, naming: Naming | None = None
    ) -> None:
        self._router = router
        self._naming = naming
        pages: dict[str, Callable[[Request], Answer]] = {
            "/status": lambda _: Answer(body=reports.status()),
            "/status/targets": lambda _: Answer(body=reports.targets()),
            "/status/connections": lambda _: Answer(body=reports.connections()),
            "/status/peers": lambda _: Answer(body=reports.peers()),
            "/status/dns": lambda _: _there(reports.names()),
            "/status/ipam": lambda _: _there(None),
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
        if self._naming and request.words[0] in self._naming.PATHS:
            return self._naming.answer(request)
        if any(path == request.path for _, path in self._routes):
            return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED)
        return Answer(status=HTTPStatus.NOT_FOUND, body="404 page not found\n")

    def _connect(self, request: Request) -> Answer:
        errors = self._router.connect(request.form.get("peer", []), replace=request.value("replace") == "true")
        if errors:
            return Answer(status=HTTPStatus.BAD_REQUEST, body="\n".join(errors) + "\n")
        return Answer()

    def _forget(self, request: Request) -> Answer:
        self._router.forget(request.form.get("peer", []))
        return Answer()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(read(reader), _TIME)
            answer = self.answer(request)
        except (ValueError, IndexError, EOFError, OSError):
            answer = Answer(status=HTTPStatus.BAD_REQUEST)
        try:
            writer.write(answer.packed())
            await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


def _there(page: str | None) -> Answer:
    """weaver answers so for what is off: DNS may be, and here address allocation always is."""
    if page is None:
        return Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, body="error during template execution\n")
    return Answer(body=page)


def _report(request: Request, reports: Reports) -> Answer:
    if request.accept == "application/json":
        return Answer(body=reports.report(), kind="application/json")
    if "format" not in request.form:
        return Answer(status=HTTPStatus.BAD_REQUEST, body="error: must supply one format parameter\n")
    return Answer(
        status=HTTPStatus.BAD_REQUEST,
        body="this stand-in has no templates: ask with Accept: application/json\n",
    )
