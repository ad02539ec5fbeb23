"""The probe: reports its host and containers to every app, every three seconds, as Scope's does."""

import socket
import threading
from collections.abc import Sequence

from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Json

_INTERVAL = 3.0  # seconds


class Probe:
    """`peers`: the URLs of the apps."""

    def __init__(self, peers: Sequence[str], docker: Docker) -> None:
        self._peers, self._docker = peers, docker
        self._logged: dict[str, str] = {}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            report = self.report()
            for peer in self._peers:
                self.send(peer, report)
            stop.wait(_INTERVAL)

    def report(self) -> Json:
        return {"host": socket.gethostname(), "containers": self._containers()}

    def _containers(self) -> list[Json]:
        try:
            found = self._docker.containers()
        except DockerError as error:
            self._note("docker", f"W {error}")
            return []
        self._note("docker", "I docker answers")
        return [_container(each) for each in found]

    def send(self, peer: str, report: Json) -> None:
        try:
            answer = call("POST", f"{peer}/standin/report", report)
        except Unreachable as error:
            return self._note(peer, f"W {error}")
        if answer.status != 200:
            return self._note(peer, f"W {peer} answered {answer.status}: is it another Scope than this stand-in?")
        return self._note(peer, f"I publishing to {peer}")

    def _note(self, subject: str, text: str) -> None:
        if self._logged.get(subject) != text:
            self._logged[subject] = text
            log(text)


def _container(each: Json) -> Json:
    networks = (each.get("NetworkSettings") or {}).get("Networks") or {}
    return {
        "id": each["Id"],
        "name": each["Names"][0].removeprefix("/"),
        "image": each["Image"],
        "addresses": [network["IPAddress"] for network in networks.values() if network.get("IPAddress")],
    }
