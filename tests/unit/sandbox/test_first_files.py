"""What a host has on its disk before its first boot."""

import json
from pathlib import Path

from sandbox.hosts.first_files import first_files, write_files


def test_docker_may_pull_from_the_sandboxs_registry_without_tls(tmp_path: Path) -> None:
    write_files(tmp_path, first_files(hostname="ip-10-0-0-4", registry="10.0.0.1:5000"))
    settings = json.loads((tmp_path / "etc/docker/daemon.json").read_text())
    assert settings == {"insecure-registries": ["10.0.0.1:5000"]}
    assert (tmp_path / "etc/hostname").read_text() == "ip-10-0-0-4\n"
