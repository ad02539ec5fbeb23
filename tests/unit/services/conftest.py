"""The programs that read what the services' templates make."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.hosts.base.command import of_root
from tests.unit.layers import unpacked


@dataclass(frozen=True, kw_only=True)
class Haproxy:
    """HAProxy on its image's own C library, which is newer than this machine's may be; `command` starts it."""

    command: Sequence[str]

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([*self.command, *arguments])

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*self.command, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def haproxy_program(tmp_path_factory: pytest.TempPathFactory) -> Haproxy:
    roots = (unpacked(image, tmp_path_factory.mktemp(image)) for image in ("haproxy", "bottom"))
    return Haproxy(command=of_root("usr/sbin/haproxy", *roots))


@pytest.fixture(scope="session")
def consul_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("consul-template", tmp_path_factory.mktemp("consul-template")) / "usr/bin/consul-template"
