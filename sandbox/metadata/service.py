"""Which requests for metadata are answered, and how: the rules that EC2's documentation has."""

import socket
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.metadata.instance import Instance
from sandbox.metadata.tokens import SECONDS_MOST, Tokens
from sandbox.metadata.tree import found

TOKEN_PATH = "/latest/api/token"  # noqa: S105
TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105
SECONDS = "X-aws-ec2-metadata-token-ttl-seconds"
InstanceAt = Callable[[str], Instance | None]


class Service:
    """A WSGI application. It knows an instance by the address that the request comes from: `instance_at`."""

    def __init__(self, instance_at: InstanceAt, tokens: Tokens | None = None) -> None:
        self.instance_at, self.tokens = instance_at, tokens or Tokens()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        instance = self.instance_at(request.remote_addr or "")
        if instance is None:
            response = refused(HTTPStatus.NOT_FOUND)
        elif not instance.options.enabled:
            response = refused(HTTPStatus.FORBIDDEN)
        elif request.method == "PUT":
            limit_hops(environ["werkzeug.socket"], instance.options.hop_limit)
            response = self._token(request, instance)
        else:
            response = self._metadata(request, instance)
        return response(environ, start_response)

    def _token(self, request: Request, instance: Instance) -> Response:
        if request.path != TOKEN_PATH:
            return refused(HTTPStatus.FORBIDDEN)
        if "X-Forwarded-For" in request.headers:  # somebody else asks, through a proxy on the instance
            return refused(HTTPStatus.FORBIDDEN)
        asked = request.headers.get(SECONDS, "")
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked) <= SECONDS_MOST):
            return refused(HTTPStatus.BAD_REQUEST)
        token = self.tokens.issue(instance.instance_id, int(asked))
        return Response(token, headers={SECONDS: asked}, mimetype="text/plain")

    def _metadata(self, request: Request, instance: Instance) -> Response:
        if request.method not in ("GET", "HEAD") or request.path == TOKEN_PATH:
            return refused(HTTPStatus.METHOD_NOT_ALLOWED)
        token, remaining = request.headers.get(TOKEN), 0
        if token is not None:
            remaining = self.tokens.remaining(instance.instance_id, token)
        if not remaining and (token is not None or instance.options.tokens_required):
            return refused(HTTPStatus.UNAUTHORIZED)
        content = found(instance, request.path)
        if content is None:
            return refused(HTTPStatus.NOT_FOUND)
        kind = "application/octet-stream" if request.path.endswith("/user-data") else "text/plain"
        return Response(content, headers={SECONDS: str(remaining)} if remaining else {}, mimetype=kind)


def refused(status: HTTPStatus) -> Response:
    return Response(f"{status.value} - {status.phrase}\n", status, mimetype="text/plain")


def limit_hops(connection: socket.socket, hops: int) -> None:
    """From now on packets on `connection` live for that many hops: no router passes on a packet with one left."""
    connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
