"""The programs that read what the services' templates make."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.layers import unpacked


@dataclass(frozen=True, kw_only=True)
class Haproxy:
    """HAProxy in a folder, with its libraries beside it."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LD_LIBRARY_PATH": str(self.root / "usr/lib/x86_64-linux-gnu")}

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([self.root / "usr/sbin/haproxy", *arguments], env=self.environment)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        program = self.root / "usr/sbin/haproxy"
        return subprocess.run(
            [program, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def haproxy_program(tmp_path_factory: pytest.TempPathFactory) -> Haproxy:
    return Haproxy(root=unpacked("haproxy", tmp_path_factory.mktemp("haproxy")))


@pytest.fixture(scope="session")
def consul_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("consul-template", tmp_path_factory.mktemp("consul-template")) / "usr/bin/consul-template"
