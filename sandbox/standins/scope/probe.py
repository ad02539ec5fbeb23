"""The probe: tells every app of its host and its containers, every three seconds, as Scope's does."""

import socket
import threading

from sandbox.standins.common.docker import Docker, DockerError
from sandbox.standins.common.fetch import Unreachable, call
from sandbox.standins.common.log import log
from sandbox.standins.common.mesos import Json

_INTERVAL = 3.0  # seconds


class Probe:
    """`docker` is None without --probe.docker."""

    def __init__(self, peers: tuple[str, ...], docker: Docker | None) -> None:
        self._peers, self._docker = peers, docker
        self._told: dict[str, str] = {}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            report = self.report()
            for peer in self._peers:
                self._tell(peer, report)
            stop.wait(_INTERVAL)

    def report(self) -> Json:
        return {"host": socket.gethostname(), "containers": self._containers()}

    def _containers(self) -> list[Json]:
        if self._docker is None:
            return []
        try:
            found = self._docker.containers()
        except DockerError as error:
            self._say("docker", f"W {error}")
            return []
        self._say("docker", "I docker answers")
        return [_container(each) for each in found]

    def _tell(self, peer: str, report: Json) -> None:
        try:
            answer = call("POST", f"{peer}/standin/report", report)
        except Unreachable as error:
            return self._say(peer, f"W {error}")
        if answer.status != 200:
            return self._say(peer, f"W {peer} answered {answer.status}: is it another Scope than this stand-in?")
        return self._say(peer, f"I publishing to {peer}")

    def _say(self, subject: str, text: str) -> None:
        if self._told.get(subject) != text:
            self._told[subject] = text
            log(text)


def _container(each: Json) -> Json:
    networks = (each.get("NetworkSettings") or {}).get("Networks") or {}
    return {
        "id": each["Id"],
        "name": each["Names"][0].removeprefix("/"),
        "image": each["Image"],
        "addresses": [network["IPAddress"] for network in networks.values() if network.get("IPAddress")],
    }
