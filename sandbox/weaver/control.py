"""The control API and the status pages, with weaver's paths and status codes."""

import asyncio
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from sandbox.weaver.mesh import is_address
from sandbox.weaver.names import Names, whole
from sandbox.weaver.reports import Reports
from sandbox.weaver.router import Router
from sandbox.weaver.topology import Name
from sandbox.weaver.web import Answer, Request, serve


class Control:
    """Answers requests; `writable` is False on the status address, which has no `names` either."""

    def __init__(
        self, router: Router, reports: Reports, *, writable: bool = False, names: Names | None = None
    ) -> None:
        self._router = router
        self._names = names
        pages = {
            "/status": reports.status,
            "/status/targets": reports.targets,
            "/status/connections": reports.connections,
            "/status/peers": reports.peers,
            "/status/dns": reports.names,
        }
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", path): partial(_shown, page) for path, page in pages.items()
        }
        if writable:
            self._routes |= {("POST", "/connect"): self._connect, ("POST", "/forget"): self._forget}

    async def listen(self, address: str) -> None:
        """HOST:PORT. Raises OSError or ValueError."""
        host, _, port = address.rpartition(":")
        self._server = await asyncio.start_server(partial(serve, self.answer), host or None, int(port))

    def answer(self, request: Request) -> Answer:
        if route := self._routes.get((request.method, request.path)):
            return route(request)
        if self._names and request.words[0] == "name":
            return _named(self._names, request)
        missing = f"this stand-in has no {request.method} {request.path}\n"
        return Answer(status=HTTPStatus.NOT_IMPLEMENTED, body=missing)

    def _connect(self, request: Request) -> Answer:
        errors = self._router.connect(request.form.get("peer", []), replace=request.value("replace") == "true")
        if errors:
            return Answer(status=HTTPStatus.BAD_REQUEST, body="\n".join(errors) + "\n")
        return Answer()

    def _forget(self, request: Request) -> Answer:
        self._router.forget(request.form.get("peer", []))
        return Answer()


def _shown(page: Callable[[], str | None], _request: Request) -> Answer:
    text = page()
    if text is None:  # weaver answers so where DNS is off
        return Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, body="error during template execution\n")
    return Answer(body=text)


def _named(names: Names, request: Request) -> Answer:
    """PUT and DELETE of /name/CONTAINER/ADDRESS?fqdn=NAME."""
    match (request.method, *request.words):
        case ("PUT" | "DELETE" as method, "name", container, address):
            if not is_address(address):
                return Answer(status=HTTPStatus.BAD_REQUEST, body=f"invalid IP Address: {address}\n")
            name = Name(host=whole(request.value("fqdn")), container=container, address=address)
            (names.add if method == "PUT" else names.delete)(name)
            return Answer(status=HTTPStatus.NO_CONTENT)
    return Answer(status=HTTPStatus.METHOD_NOT_ALLOWED)
