"""A docker registry on this machine's address in the VPC: Debian's docker-registry, run from the base image."""

import logging
import os
import socket
import subprocess
import time
from pathlib import Path

import httpx
import yaml

from sandbox.cloud.catalogue import images
from sandbox.cloud.images import MANIFEST, Image, pack
from sandbox.home import Home
from sandbox.hosts.command import HostError

START = 10.0  # seconds
log = logging.getLogger("cloud")


class Registry:
    """Serves on `address` (host:port) what it was given; its storage outlives it, so an image is pushed once."""

    def __init__(self, home: Home, base: Path, address: str) -> None:
        self.home, self.base, self.address = home, base, address
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers and holds every image of the catalogue. Raises HostError."""
        self.home.registry_config.write_text(
            yaml.safe_dump(
                {
                    "version": "0.1",
                    "log": {"level": "warn"},
                    "storage": {"filesystem": {"rootdirectory": str(self.home.registry)}},
                    "http": {"addr": self.address},
                }
            )
        )
        with (self.home.log / "registry.log").open("ab") as output:
            self.running = subprocess.Popen(
                registry_command(self.base, self.home.registry_config),
                env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_it_listens(self.running)
        with httpx.Client(base_url=f"http://{self.address}/v2", timeout=START) as client:
            try:
                for image in images():
                    push(client, image)
            except httpx.HTTPError as problem:
                raise HostError(f"the registry on {self.address} does not work: {problem}") from problem

    def _wait_until_it_listens(self, running: "subprocess.Popen[bytes]") -> None:
        host, _, port = self.address.rpartition(":")
        end = time.monotonic() + START
        while time.monotonic() < end and running.poll() is None:
            try:
                socket.create_connection((host, int(port)), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        log_file = self.home.log / "registry.log"
        raise HostError(f"the registry does not listen on {self.address}: {log_file} says why")

    def stop(self) -> None:
        if self.running:
            self.running.kill()
            self.running.wait()


def registry_command(base: Path, config: Path) -> list[str]:
    """Run by the base's own loader with the base's own libraries: this machine may have others."""
    return [
        str(base / "lib64/ld-linux-x86-64.so.2"),
        "--library-path",
        f"{base}/lib/x86_64-linux-gnu:{base}/usr/lib/x86_64-linux-gnu",
        str(base / "usr/bin/docker-registry"),
        "serve",
        str(config),
    ]


def push(client: httpx.Client, image: Image) -> str:
    """Upload `image` unless the registry has it. Returns its digest."""
    packed = pack(image)
    there = client.head(f"/{image.name}/manifests/{image.tag}", headers={"Accept": MANIFEST})
    if there.headers.get("Docker-Content-Digest") == packed.digest:
        return packed.digest
    for digest, blob in packed.blobs.items():
        where = client.post(f"/{image.name}/blobs/uploads/").raise_for_status().headers["Location"]
        sent = client.put(httpx.URL(where).copy_merge_params({"digest": digest}), content=blob)
        sent.raise_for_status()
    url = f"/{image.name}/manifests/{image.tag}"
    client.put(url, content=packed.manifest, headers={"Content-Type": MANIFEST}).raise_for_status()
    log.info("image %s:%s@%s", image.name, image.tag, packed.digest)
    return packed.digest
