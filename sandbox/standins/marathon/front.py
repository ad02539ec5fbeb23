"""What every Marathon answers, leader or not; what only the leader can answer is passed on to it."""

import html
import time
from collections.abc import Callable
from typing import Any

import bottle

from sandbox.standins import WHAT_IT_IS
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.mesos import Json
from sandbox.standins.common.web import Answer, Refused, application, page, reply
from sandbox.standins.marathon.api import ROUTES, Api

VERSION = "1.11.24-standin"
_VIA = "X-Marathon-Via"
_PASSED = ("Content-Type", "Location", "Marathon-Deployment-Id")
_ELECTION = 2.5  # seconds that a request waits for a leader, and for it to be ready


class Front:
    """`me` is this one's host:port; `leader` finds the leader's; `config` is part of /v2/info.

    `timeout`: seconds that the leader may take to answer a request that is passed on to it.
    """

    def __init__(
        self, me: str, *, leader: Callable[[], str | None], config: Callable[[], Json], timeout: float = 5
    ) -> None:
        self._me, self._leader, self._config, self._timeout = me, leader, config, timeout
        self.api: Api | None = None

    def pages(self) -> Any:
        """The application."""
        return application(
            {
                "GET /ping": lambda: Answer("pong"),
                "GET /": self._page,
                "GET /ui<:re:/?>": self._page,
                "GET /v2/info": self._info,
                "GET /v2/leader": self._leading,
                **{route: self._led(answer) for route, answer in ROUTES.items()},
            }
        )

    def _led(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        def respond(**words: str) -> Any:
            leader = self._settled()
            return self.api.call(answer, words) if leader == self._me and self.api else self._pass_on(leader)

        return respond

    def _settled(self) -> str | None:
        """The leader, once it is known and, where that is this one, ready."""
        end = time.monotonic() + _ELECTION
        while (leader := self._leader()) in (None, self._me) and not self.api and time.monotonic() < end:
            time.sleep(0.05)
        return leader

    def _pass_on(self, leader: str | None) -> Answer:
        request = bottle.request
        if leader in (None, self._me):
            raise Refused(502, "Could not determine the current leader")
        if request.get_header(_VIA):
            raise Refused(502, f"Detected proxying loop at {self._me}")
        target = request.path + (f"?{request.query_string}" if request.query_string else "")
        try:
            answer = call(
                request.method,
                f"http://{leader}{target}",
                request.body.read() or None,
                timeout=self._timeout,
                headers={_VIA: self._me},
            )
        except Unreachable as error:
            raise Refused(502, f"the leader does not answer: {error}") from None
        passed = {name: answer.headers[name.lower()] for name in _PASSED if name.lower() in answer.headers}
        return Answer(answer.body, answer.status, passed)

    def _leading(self) -> Answer:
        leader = self._leader()
        if leader is None:
            raise Refused(404, "There is no leader")
        return reply({"leader": leader})

    def _info(self) -> Json:
        """With no field that the real one does not have: some clients refuse those."""
        leader = self._leader()
        return {
            "name": "marathon",
            "version": VERSION,
            "buildref": "standin",
            "elected": leader == self._me,
            "leader": leader,
            "frameworkId": self.api.framework if self.api else None,
            **self._config(),
        }

    def _page(self) -> Answer:
        return page(
            f"<!doctype html><title>Marathon</title><h1>Marathon {VERSION}</h1><p>This is {WHAT_IT_IS}."
            f"<p>Leader: {html.escape(self._leader() or 'none')}<p><a href=/v2/apps>apps</a> "
            "<a href=/v2/tasks>tasks</a> <a href=/v2/deployments>deployments</a> <a href=/v2/info>info</a>"
        )
