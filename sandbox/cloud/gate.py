"""What every request to the daemon passes: the key, the rules of AWS, moto, and then the hosts follow."""

import hmac
import io
import json
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from sandbox.cloud import aws
from sandbox.cloud.control import PREFIX, control
from sandbox.cloud.reconcile import Reconciler, RegionAccount
from sandbox.cloud.rules import Refusal, refuse
from sandbox.home import REGION

SCOPE = re.compile(r"Credential=([^/,\s]+)/[^/]+/([^/]+)/([^/]+)/")  # key id, region, service
READS = ("Describe", "Get", "List")
PARAMETERS = {"/aws/service/debian/release/12/latest/amd64": json.loads(aws.AMIS.read_text())[0]["ami_id"]}
NO_IMAGE = "{}: the sandbox has an image for os debian-12 only"
log = logging.getLogger("cloud")
StartResponse = Callable[..., Any]


class Gate:
    """The daemon's WSGI application. One request at a time reaches moto, whose memory knows no locks."""

    def __init__(self, moto: aws.Wsgi, reconciler: Reconciler, key: str, stop: Callable[[], None]) -> None:
        self.moto, self.reconciler, self.key, self.stop = moto, reconciler, key, stop

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not scope or not hmac.compare_digest(scope[1], self.key):
            refusal = Refusal(
                code="AuthFailure", message="This sandbox takes the access key that its own `env` prints"
            )
            return _error(refusal, "401 Unauthorized", start_response)
        if environ["PATH_INFO"].startswith(PREFIX):
            return control(environ, start_response, self.reconciler, self.stop)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if scope[3] == "ssm" and (answer := _parameter(environ, body)):
            return _reply(*answer, "application/x-amz-json-1.1", start_response)
        if scope[3] == "ec2":
            return self._ec2(environ, start_response, scope[2], dict(parse_qsl(body.decode())))
        with self.reconciler.lock:
            return list(self.moto(environ, start_response))

    def _ec2(
        self, environ: dict[str, Any], start_response: StartResponse, region: str, form: dict[str, str]
    ) -> Iterable[bytes]:
        action = form.get("Action", "")
        reads = action.startswith(READS)
        with self.reconciler.lock:
            account = RegionAccount(aws.region(region), self.reconciler.home)
            if not reads and (refusal := refuse(action, form, account)):
                log.info("%s refused: %s", action, refusal.message)
                return _error(refusal, "400 Bad Request", start_response)
            answer = list(self.moto(environ, start_response))
            if not reads:
                log.info("%s", action)
                self.reconciler.follow()
        if action == "RebootInstances":
            for instance_id in (value for name, value in form.items() if name.startswith("InstanceId.")):
                self.reconciler.reboot(instance_id)
        return answer


def _parameter(environ: dict[str, Any], body: bytes) -> tuple[str, bytes] | None:
    """Status and body for one of the vendors' public parameters; None for whatever else SSM is asked."""
    if environ.get("HTTP_X_AMZ_TARGET") != "AmazonSSM.GetParameter":
        return None
    name = str(json.loads(body).get("Name", ""))
    if not name.startswith("/aws/service/"):
        return None
    if name not in PARAMETERS:
        missing = {"__type": "ParameterNotFound", "message": NO_IMAGE.format(name)}
        return "400 Bad Request", json.dumps(missing).encode()
    found = {
        "Name": name,
        "Type": "String",
        "Value": PARAMETERS[name],
        "Version": 1,
        "DataType": "aws:ec2:image",
        "ARN": f"arn:aws:ssm:{REGION}::parameter{name}",
    }
    return "200 OK", json.dumps({"Parameter": found}).encode()


def _error(refusal: Refusal, status: str, start_response: StartResponse) -> Iterable[bytes]:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
        f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
        "</Error></Errors><RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
    )
    return _reply(status, text.encode(), "text/xml", start_response)


def _reply(status: str, body: bytes, kind: str, start_response: StartResponse) -> Iterable[bytes]:
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
