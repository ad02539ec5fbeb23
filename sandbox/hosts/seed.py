"""What a new host finds on its disk before its first boot: the NoCloud seed and docker's settings."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

SEED = "var/lib/cloud/seed/nocloud-net"  # found in the stage after networking, the first that hosts run


def seed_files(
    *, instance_id: str, hostname: str, user_data: bytes, public_keys: Sequence[str], registry: str
) -> Mapping[str, bytes]:
    """Path in the host -> content. `registry` (host:port) is what docker may pull from without TLS."""
    meta = {"instance-id": instance_id, "local-hostname": hostname, "public-keys": list(public_keys)}
    docker = {"insecure-registries": [registry]}
    return {
        f"{SEED}/meta-data": json.dumps(meta, indent=2).encode(),
        f"{SEED}/user-data": user_data or b"#cloud-config\n{}\n",
        "etc/docker/daemon.json": (json.dumps(docker, indent=2) + "\n").encode(),
        "etc/hostname": f"{hostname}\n".encode(),
    }


def write_seed(upper: Path, files: Mapping[str, bytes]) -> None:
    """Put `files` into a host's own layer; the seed is for root's eyes only, since user data may hold secrets."""
    for name, content in files.items():
        path = upper / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600 if name.startswith(SEED) else 0o644)
        path.write_bytes(content)
