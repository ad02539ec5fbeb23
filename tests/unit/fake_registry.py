"""A registry on loopback, with images of the test's own, that can misbehave."""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.standins.common.web import Answer, Request, Server, answering, reply

OCI = "application/vnd.oci.image"
LAYER = b"."
SCHEMA_1 = {"schemaVersion": 1, "name": "old", "tag": "1", "architecture": "amd64", "fsLayers": []}


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class FakeRegistry:
    """Serves what `put`, `image` and `index` have added. `host` is its address, as in references.

    `login`: "" for none, "anybody" for a token that everyone gets, "members" for one that nobody here gets.
    `refusals` are statuses by repository. A repository in `silent` answers after a request for `release`, or never.
    """

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}  # by path below /v2/
        self.login = ""
        self.refusals: dict[str, int] = {}
        self.silent: set[str] = set()
        self.release = ""
        self.asked: list[str] = []
        self._released = threading.Event()
        self._server = Server("127.0.0.1", 0, answering(self._answer))
        self.host = f"127.0.0.1:{self._server.port}"

    def close(self) -> None:
        self._released.set()
        self._server.close()

    def put(self, repository: str, tag: str, manifest: Mapping[str, Any]) -> str:
        """Add a manifest by its tag, if that is not empty, and its digest, which is returned."""
        text = json.dumps(manifest).encode()
        for wanted in (tag, digest_of(text)):
            self.content[f"{repository}/manifests/{wanted}"] = text
        return digest_of(text)

    def image(self, repository: str, tag: str, *, platform: str = "linux/amd64") -> str:
        """Add an image with a layer of one byte; returns the digest of its manifest."""
        os, _, architecture = platform.partition("/")
        rootfs = {"type": "layers", "diff_ids": [digest_of(LAYER)]}
        config = json.dumps({"os": os, "architecture": architecture, "rootfs": rootfs, "config": {}}).encode()
        for blob in (config, LAYER):
            self.content[f"{repository}/blobs/{digest_of(blob)}"] = blob
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{OCI}.manifest.v1+json",
            "config": _described("config.v1+json", config),
            "layers": [_described("layer.v1.tar", LAYER)],
        }
        return self.put(repository, tag, manifest)

    def index(self, repository: str, tag: str, *, platforms: Sequence[str] = ("linux/arm64", "linux/amd64")) -> str:
        """Add an image of several platforms; returns the digest of the index."""
        entries = []
        for platform in platforms:
            os, _, architecture = platform.partition("/")
            name = self.image(repository, "", platform=platform)
            size = len(self.content[f"{repository}/manifests/{name}"])
            entries.append(
                {
                    "mediaType": f"{OCI}.manifest.v1+json",
                    "digest": name,
                    "size": size,
                    "platform": {"os": os, "architecture": architecture},
                }
            )
        return self.put(
            repository, tag, {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": entries}
        )

    def _answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v2/")
        self.asked.append(path)
        if path == self.release:
            self._released.set()
        if path == "/token":
            return reply({"token": "anybody's"} if self.login == "anybody" else {})
        if self.login and request.headers.get("Authorization") != "Bearer anybody's":
            challenge = f'Bearer realm="http://{self.host}/token",service="registry",scope="pull"'
            return reply(_errors("authentication required"), 401, WWW_Authenticate=challenge)
        if not path:
            return reply({})
        repository = path.rpartition("/")[0].rpartition("/")[0]
        if repository in self.silent:
            self._released.wait()
        if status := self.refusals.get(repository):
            return reply(_errors("come back later"), status)
        if path not in self.content:
            return reply(_errors("manifest unknown"), 404)
        return Answer(self.content[path], 200, {"Content-Type": self._type(path)})

    def _type(self, path: str) -> str:
        if "/manifests/" not in path:
            return "application/octet-stream"
        manifest = json.loads(self.content[path])
        return str(manifest.get("mediaType", "application/vnd.docker.distribution.manifest.v1+prettyjws"))


def _described(kind: str, blob: bytes) -> Mapping[str, Any]:
    return {"mediaType": f"{OCI}.{kind}", "digest": digest_of(blob), "size": len(blob)}


def _errors(message: str) -> Mapping[str, Any]:
    return {"errors": [{"code": "CODE", "message": message}]}
