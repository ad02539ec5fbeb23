"""What a new host has on its disk before its first boot, on top of the base: docker's settings and its name."""

import json
from collections.abc import Mapping
from pathlib import Path


def first_files(*, hostname: str, registry: str) -> Mapping[str, bytes]:
    """Path in the host -> content. `registry` (host:port) is what docker may pull from without TLS."""
    docker = {"insecure-registries": [registry]}
    return {
        "etc/docker/daemon.json": (json.dumps(docker, indent=2) + "\n").encode(),
        "etc/hostname": f"{hostname}\n".encode(),
    }


def write_files(upper: Path, files: Mapping[str, bytes]) -> None:
    """Put `files` into a host's own layer."""
    for name, content in files.items():
        path = upper / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
