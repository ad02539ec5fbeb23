"""A docker daemon in memory, behind a real unix socket: its containers have states and do nothing."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]


class FakeDocker:
    """Its socket is in `folder`. `containers` by name; `pulled` and `stopped` (name, grace) in order.

    `missing` are the images that no registry has; `entrypoints` are those of images that have one. `store` is what
    docker keeps images in: graphdriver or containerd.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.socket = folder, str(folder / "docker.sock")
        self.changed = threading.Condition()
        self.containers: dict[str, Json] = {}
        self.images: set[str] = set()
        self.missing: set[str] = set()
        self.entrypoints: dict[str, list[str]] = {}
        self.store = "graphdriver"
        self.pulled: list[str] = []
        self.stopped: list[tuple[str, int]] = []
        self.events: list[Json] = []
        self.closed = False
        docker = self

        class _Requests(_Exchange):
            fake = docker

        class _Listener(ThreadingMixIn, UnixStreamServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hung up."""

        self._listener = _Listener(self.socket, _Requests)
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def hang_up(self) -> None:
        """Ends every stream."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def close(self) -> None:
        self.hang_up()
        self._listener.shutdown()
        self._listener.server_close()

    def running(self) -> list[Json]:
        return [each for each in self.containers.values() if each["State"]["Running"]]

    def run(self, name: str, config: Json, *, address: str = "10.2.10.2", ports: Json | None = None) -> str:
        """A container that the stand-ins did not start."""
        self.add(name, config)
        settings = {"IPAddress": address, "Networks": {"bridge": {"IPAddress": address}}, "Ports": ports or {}}
        self.containers[name]["NetworkSettings"] = settings
        self.start(name)
        return str(self.containers[name]["Id"])

    def add(self, name: str, config: Json) -> str:
        id = f"{len(self.containers):064x}"
        host = {"NetworkMode": "bridge", **config.get("HostConfig", {})}
        self.containers[name] = {
            "Id": id,
            "Name": f"/{name}",
            "Config": {"Image": "image", **config},
            "HostConfig": host,
            "State": {"Status": "created", "Running": False, "ExitCode": 0},
            "NetworkSettings": {"IPAddress": "127.0.0.1" if host["NetworkMode"] == "bridge" else "", "Networks": {}},
        }
        return id

    def start(self, name: str) -> None:
        self._change(name, {"Status": "running", "Running": True, "ExitCode": 0}, "start")

    def end(self, name: str, status: int = 0) -> None:
        self._change(name, {"Status": "exited", "Running": False, "ExitCode": status}, "die")

    def _change(self, name: str, state: Json, action: str) -> None:
        with self.changed:
            self.containers[name]["State"] = state
            self.events.append({"Action": action, "id": self.containers[name]["Id"]})
            self.changed.notify_all()

    def find(self, key: str) -> str | None:
        """The name of a container, by name or id."""
        return next((name for name, each in self.containers.items() if key in (name, each["Id"])), None)


class _Exchange(BaseHTTPRequestHandler):
    fake: FakeDocker

    def address_string(self) -> str:
        return "socket"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _exchange(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"null")
        parts = url.path.removeprefix("/v1.24").strip("/").split("/")
        if parts == ["events"]:
            return self._events()
        if parts == ["containers", "json"]:
            return self._send(200, [_listed(each) for each in self.fake.running()])
        if parts == ["containers", "create"]:
            return self._send(201, {"Id": self.fake.add(query["name"], body)})
        if parts == ["images", "create"]:
            return self._pull(f"{query['fromImage']}:{query['tag']}")
        if parts[0] == "images":
            return self._image(unquote("/".join(parts[1:-1])))
        return self._container(parts, query)

    do_GET = do_POST = do_DELETE = _exchange  # noqa: N815

    def _container(self, parts: list[str], query: dict[str, str]) -> None:
        name = self.fake.find(parts[1])
        if name is None:
            return self._send(404, {"message": f"No such container: {parts[1]}"})
        match (self.command, parts[2:]):
            case ("GET", ["json"]):
                return self._send(200, self.fake.containers[name])
            case ("POST", ["start"]):
                self.fake.start(name)
            case ("POST", ["stop"]):
                self.fake.stopped.append((name, int(query["t"])))
                self.fake.end(name, 143)
            case ("POST", ["wait"]):
                return self._wait(name)
            case ("DELETE", []):
                del self.fake.containers[name]
        return self._send(204, None)

    def _wait(self, name: str) -> None:
        with self.fake.changed:
            self.fake.changed.wait_for(lambda: self.fake.closed or not self.fake.containers[name]["State"]["Running"])
            status = self.fake.containers[name]["State"]["ExitCode"]
        if not self.fake.closed:
            self._send(200, {"StatusCode": status})

    def _image(self, name: str) -> None:
        if name not in self.fake.images:
            return self._send(404, {"message": "No such image"})
        built = {"Entrypoint": None} if self.fake.store == "graphdriver" else None
        config = {"Entrypoint": self.fake.entrypoints.get(name)}
        return self._send(200, {"Config": config, "ContainerConfig": built})

    def _pull(self, image: str) -> None:
        self.fake.pulled.append(image)
        if image in self.fake.missing:
            return self._send(200, {"error": f"manifest for {image} not found"})
        self.fake.images.add(image)
        return self._send(200, {"status": "pulled"})

    def _events(self) -> None:
        self.send_response(200)
        self.end_headers()
        sent = len(self.fake.events)
        self.wfile.flush()
        while new := self._since(sent):
            sent += len(new)
            self.wfile.write(b"".join(json.dumps(event).encode() + b"\n" for event in new))

    def _since(self, sent: int) -> list[Json]:
        """Waits for more events than `sent`; none when docker is closed."""
        with self.fake.changed:
            self.fake.changed.wait_for(lambda: self.fake.closed or len(self.fake.events) > sent)
            return self.fake.events[sent:]

    def _send(self, status: int, value: Any) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _listed(container: Json) -> Json:
    return {
        "Id": container["Id"],
        "Names": [container["Name"]],
        "Image": container["Config"]["Image"],
        "NetworkSettings": {"Networks": container["NetworkSettings"]["Networks"]},
    }
