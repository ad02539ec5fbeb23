"""The way of every request through the daemon: key, permissions, the rules of AWS, moto; then the hosts follow."""

import hmac
import io
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from sandbox.cloud import moto_state
from sandbox.cloud.control import PREFIX, control
from sandbox.cloud.limits import Limits
from sandbox.cloud.permissions import Permissions
from sandbox.cloud.reconcile import Reconciler
from sandbox.cloud.rules import SERVICES, Refusal, Request, refuse
from sandbox.cloud.rules.records import Records

SCOPE = re.compile(r"Credential=([^/,\s]+)/[^/]+/([^/]+)/([^/]+)/")  # key id, region, service
READS = ("Describe", "Get", "List")
STRANGER = Refusal(
    code="AuthFailure", message="This sandbox accepts only the access key that `make sandbox-env` prints"
)
FAILS = Refusal(code="InternalError", message="An internal error has occurred")
log = logging.getLogger("cloud")
StartResponse = Callable[..., Any]


class ApiFront:
    """The daemon's WSGI application. One request at a time reaches moto, which has no locks of its own."""

    def __init__(self, moto: moto_state.Wsgi, reconciler: Reconciler, key: str, stop: Callable[[], None]) -> None:
        self.moto, self.reconciler, self.key, self.stop = moto, reconciler, key, stop
        self.permissions, self.limits, self.pace = Permissions(), Limits(), reconciler.pace

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not scope or not hmac.compare_digest(scope[1], self.key):
            return _error(STRANGER, 401, "ec2")(environ, start_response)
        if environ["PATH_INFO"].startswith(PREFIX):
            settings = {"limit": self.limits, "slow": self.pace}
            call = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            answer = control(*call, self.reconciler, self.stop, self.permissions.used, settings)
            return answer(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        form = dict(parse_qsl(body.decode(errors="replace")))
        action = form.get("Action", "")
        if self.pace.outage:
            return _error(FAILS, 500, scope[3])(environ, start_response)
        if self.pace.too_many(f"{scope[3]}:{action}"):
            return _throttled(scope[3])(environ, start_response)
        if refusal := self.permissions.refuse(scope[3], action, form):
            log.info("refused: %s", refusal.message)
            return _error(refusal, 403, scope[3])(environ, start_response)
        if scope[3] in SERVICES:
            return self._ruled(environ, start_response, scope, form)
        with self.reconciler.lock:
            return list(self.moto(environ, start_response))

    def _ruled(
        self, environ: dict[str, Any], start_response: StartResponse, scope: re.Match[str], form: dict[str, str]
    ) -> Iterable[bytes]:
        """A request to a service that has rules here, as EC2 has."""
        action = form.get("Action", "")
        reads = action.startswith(READS)
        with self.reconciler.lock:
            if not reads and (refusal := self._refusal(scope, action, form)):
                log.info("%s refused: %s", action, refusal.message)
                return _error(refusal, 400, scope[3])(environ, start_response)
            answer = list(self.moto(environ, start_response))
            if not reads:
                log.info("%s", action)
                self.reconciler.follow()
        return answer

    def _refusal(self, scope: re.Match[str], action: str, form: dict[str, str]) -> Refusal | None:
        records, device = Records(moto_state.region(scope[2])), self.reconciler.home.name
        request = Request(action=action, form=form, records=records, limits=self.limits, own_device=device)
        return refuse(scope[3], request)


def _throttled(service: str) -> Response:
    if service == "ec2":
        return _error(Refusal(code="RequestLimitExceeded", message="Request limit exceeded."), 503, service)
    return _error(Refusal(code="Throttling", message="Rate exceeded"), 400, service)


def _error(refusal: Refusal, status: int, service: str) -> Response:
    """In the service's own form."""
    error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    request_id = "00000000-0000-0000-0000-000000000000"
    if service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        error = f"<Error><Type>Sender</Type>{error}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', status, mimetype="text/xml")
