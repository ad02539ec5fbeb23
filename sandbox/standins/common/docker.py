"""Docker's API by its unix socket: the few calls that the stand-ins need."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.standins.common.fetch import Reply, SocketConnection, Unreachable, exchange

SOCKET = "/var/run/docker.sock"
_MESOS_API = "/v1.24"
"""The oldest version that docker 29 can be told to accept, and about that of the client in Mesos' image."""


class DockerError(Exception):
    """A call failed; the text is docker's message. `status` is 0 when docker did not answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Docker:
    """The daemon at a unix socket. Every call raises DockerError."""

    def __init__(self, socket: str = SOCKET) -> None:
        self._socket = socket.removeprefix("unix://")

    def containers(self, *, all: bool = False) -> list[dict[str, Any]]:
        """A short description of each running container, or of `all`."""
        found: list[dict[str, Any]] = self._ask("GET", f"/containers/json?all={int(all)}").json()
        return found

    def inspect(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("GET", f"/containers/{quote(name)}/json").json()
        return found

    def has_image(self, image: str) -> bool:
        try:
            self._ask("GET", f"/images/{quote(image)}/json")
        except DockerError as error:
            if error.status == 404:
                return False
            raise
        return True

    def entrypoint(self, image: str) -> list[str]:
        """The entrypoint of an image that is here, read as Mesos reads it."""
        found = self._ask("GET", f"{_MESOS_API}/images/{quote(image)}/json").json()
        # docker's containerd image store answers null; Mesos 1.7 can use no image without it.
        if not isinstance(found.get("ContainerConfig"), dict):
            raise DockerError(f"docker's answer about {image} has no ContainerConfig")
        return list(found["Config"].get("Entrypoint") or [])

    def pull(self, image: str, *, timeout: float) -> None:
        """`timeout`: seconds between two signs of life. The stream's last error is the error."""
        name, tag = _name_and_tag(image)
        answer = self._ask("POST", f"/images/create?{urlencode({'fromImage': name, 'tag': tag})}", timeout=timeout)
        for line in answer.body.splitlines():
            if line.strip() and (error := json.loads(line).get("error")):
                raise DockerError(str(error))

    def create(self, name: str, config: dict[str, Any]) -> str:
        """Returns the container's id."""
        return str(self._ask("POST", f"/containers/create?name={quote(name)}", config, timeout=60).json()["Id"])

    def start(self, name: str) -> None:
        self._ask("POST", f"/containers/{quote(name)}/start", timeout=60)

    def stop(self, name: str, grace: int) -> None:
        """SIGTERM, then after `grace` seconds SIGKILL; returns when it has ended."""
        self._ask("POST", f"/containers/{quote(name)}/stop?t={grace}", timeout=grace + 60)

    def remove(self, name: str) -> None:
        self._ask("DELETE", f"/containers/{quote(name)}?force=1&v=1", timeout=60)

    def wait(self, name: str) -> int:
        """Blocks until it has ended. Returns its exit status."""
        return int(self._ask("POST", f"/containers/{quote(name)}/wait", timeout=None).json()["StatusCode"])

    def events(self) -> Iterator[dict[str, Any]]:
        """What happens to containers, from now on; ends when docker does. The first is {} once it listens."""
        connection = SocketConnection(self._socket, timeout=None)
        try:
            connection.request("GET", f"/events?{urlencode({'filters': json.dumps({'type': ['container']})})}")
            answer = connection.getresponse()
            yield {}
            while line := answer.readline():
                yield json.loads(line)
        except (OSError, ValueError) as error:
            raise DockerError(f"docker at {self._socket}: {error}") from error
        finally:
            connection.close()

    def _ask(self, method: str, target: str, value: Any = None, *, timeout: float | None = 30) -> Reply:
        connection = SocketConnection(self._socket, timeout)
        try:
            answer = exchange(connection, method, target, value, server=f"docker at {self._socket}")
        except Unreachable as error:
            raise DockerError(str(error)) from error
        if answer.status >= 400:
            raise DockerError(_message(answer), answer.status)
        return answer


def own_address(found: dict[str, Any]) -> str:
    """The address of a container, from its inspection; "" where it has none."""
    settings = found["NetworkSettings"]
    networks = (settings.get("Networks") or {}).values()
    addresses = [settings.get("IPAddress"), *(network.get("IPAddress") for network in networks)]
    return next((str(address) for address in addresses if address), "")


def _message(answer: Reply) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"docker answered {answer.status}"


def _name_and_tag(image: str) -> tuple[str, str]:
    """`a:5000/b:1` -> `a:5000/b`, `1`; a digest counts as a tag."""
    if "@" in image:
        name, _, digest = image.partition("@")
        return name, digest
    name, colon, tag = image.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (image, "latest")
