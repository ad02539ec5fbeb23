"""A docker registry on this machine's address in the VPC: Debian's docker-registry, run from the base image."""

import os
import socket
import subprocess
import time
from pathlib import Path

import yaml

from sandbox.home import Home
from sandbox.hosts.base.command import of_root
from sandbox.hosts.programs import HostError
from sandbox.images.offered import fill

START = 10.0  # seconds


class Registry:
    """Serves what is in the cache, and what is pushed, on `address` (host:port). Its storage stays when it stops."""

    def __init__(self, home: Home, base: Path, address: str) -> None:
        self.home, self.base, self.address = home, base, address
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it listens and has every image that is in the cache. Raises HostError."""
        try:
            fill(self.home)
        except (OSError, ValueError) as problem:
            raise HostError(f"the registry lacks images, as {self.home.cache} is damaged: {problem}") from problem
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
                [*of_root("usr/bin/docker-registry", self.base), "serve", str(self.home.registry_config)],
                env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_it_listens(self.running)

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
        raise HostError(f"the registry does not listen on {self.address}: see {log_file}")

    def stop(self) -> None:
        if self.running:
            self.running.kill()
            self.running.wait()
