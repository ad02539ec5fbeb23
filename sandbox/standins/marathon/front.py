"""What every Marathon answers, leader or not; what only the leader can, goes to it."""

import html
import time
from collections.abc import Callable

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import HTML, JSON, TEXT, Answer, Refused, Request, reply
from sandbox.standins.marathon.api import Api

VERSION = "1.11.24-standin"
_VIA = "x-marathon-via"
_PASSED: tuple[str, ...] = ("location", "marathon-deployment-id")
_ELECTION = 2.5  # seconds that a request waits for a leader, and for it to be ready


class Front:
    """`me` is this one's host:port; `leader` tells the leader's; `about` the config for /v2/info.

    `connecting` and `reading` are seconds that the leader may take when a request is passed on to it.
    """

    def __init__(
        self,
        me: str,
        leader: Callable[[], str | None],
        about: Callable[[], Json],
        abdicate: Callable[[], None],
        *,
        connecting: float,
        reading: float,
    ) -> None:
        self._me, self._leader, self._about, self._abdicate = me, leader, about, abdicate
        self._connecting, self._reading = connecting, reading
        self.api: Api | None = None

    def __call__(self, request: Request) -> Answer:
        if request.path == "/ping":
            return Answer(body=b"pong")
        if request.path == "/metrics":
            return reply(
                {"version": VERSION, "gauges": {"marathon.leadership.gauge": {"value": int(bool(self.api))}}}
            )
        leader = self._leader()
        if request.path == "/v2/leader" and request.method == "GET":
            if leader is None:
                raise Refused(404, "There is no leader")
            return reply({"leader": leader}, X_Marathon_Leader=f"http://{leader}")
        if request.path in ("/", "/ui"):
            return self._page(leader)
        if request.path == "/v2/info":
            return reply(self._info(leader))
        leader = self._settled()
        return (
            self._as_leader(request, self.api) if leader == self._me and self.api else self._pass_on(request, leader)
        )

    def _settled(self) -> str | None:
        """The leader, once it is known and, where that is this one, ready."""
        end = time.monotonic() + _ELECTION
        while (leader := self._leader()) in (None, self._me) and not self.api and time.monotonic() < end:
            time.sleep(0.05)
        return leader

    def _as_leader(self, request: Request, api: Api) -> Answer:
        if request.path == "/v2/leader" and request.method == "DELETE":
            self._abdicate()
            return reply({"message": "Leadership abdicated"})
        return api(request)

    def _pass_on(self, request: Request, leader: str | None) -> Answer:
        if leader in (None, self._me):
            raise Refused(502, "Could not determine the current leader")
        if _VIA in request.headers:
            raise Refused(502, f"Detected proxying loop at {self._me}")
        headers = {_VIA: self._me, "Content-Type": request.headers.get("content-type", JSON)}
        try:
            answer = call(
                request.method,
                f"http://{leader}{request.target}",
                request.body,
                timeout=self._reading,
                connecting=self._connecting,
                headers=headers,
            )
        except Unreachable as error:
            raise Refused(502, f"the leader does not answer: {error}") from None
        passed: dict[str, str] = {name: value for name, value in answer.headers.items() if name in _PASSED}
        return Answer(
            status=answer.status,
            body=answer.body,
            kind=answer.headers.get("content-type", TEXT),
            headers=passed | {"X-Marathon-Leader": f"http://{leader}"},
        )

    def _info(self, leader: str | None) -> Json:
        return {
            "name": "marathon",
            "version": VERSION,
            "standin": WHAT_IT_IS,
            "buildref": "standin",
            "elected": leader == self._me,
            "leader": leader,
            **self._about(),
        }

    def _page(self, leader: str | None) -> Answer:
        text = (
            f"<!doctype html><title>Marathon</title><h1>Marathon {VERSION}</h1><p>This is {WHAT_IT_IS}."
            f"<p>Leader: {html.escape(leader or 'none')}<p><a href=/v2/apps>apps</a> <a href=/v2/tasks>tasks</a> "
            "<a href=/v2/deployments>deployments</a> <a href=/v2/info>info</a>"
        )
        return Answer(body=text.encode(), kind=HTML)
