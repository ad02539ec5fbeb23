"""The Consul agent that services are registered at."""

from typing import Any
from urllib.parse import quote

from sandbox.standins.common.fetch import Reply, Unreachable, call
from sandbox.standins.common.mesos import Json
from sandbox.standins.registrator.services import Service, registration


class ConsulError(Exception):
    """A call failed; the text has the reason."""


class Consul:
    """Every call raises ConsulError."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"X-Consul-Token": token} if token else {}

    def leader(self) -> str:
        return str(self._ask("GET", "/v1/status/leader").json())

    def register(self, service: Service) -> None:
        self._ask("PUT", "/v1/agent/service/register", registration(service))

    def deregister(self, id: str) -> None:
        self._ask("PUT", f"/v1/agent/service/deregister/{quote(id, safe='')}")

    def services(self) -> dict[str, Json]:
        """By id, those of this agent."""
        found: dict[str, Json] = self._ask("GET", "/v1/agent/services").json()
        return found

    def _ask(self, method: str, path: str, value: Any = None) -> Reply:
        try:
            answer = call(method, self._url + path, value, timeout=10, headers=self._headers)
        except Unreachable as error:
            raise ConsulError(str(error)) from None
        if answer.status != 200:
            text = answer.body.decode(errors="replace").strip()
            raise ConsulError(f"Unexpected response code: {answer.status} ({text})")
        return answer
