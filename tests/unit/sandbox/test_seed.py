"""What a host has on its disk before its first boot."""

import stat
from pathlib import Path

import pytest

from sandbox.hosts.seed import SEED, seed_files, write_seed


def files(user_data: bytes = b"#cloud-config\n") -> dict[str, bytes]:
    return dict(
        seed_files(
            instance_id="i-1", hostname="ip-10-0-0-4", user_data=user_data, public_keys=[], registry="10.0.0.1:5000"
        )
    )


@pytest.mark.parametrize(
    ("given", "found"), [(b"#!/bin/sh\ndate\n", b"#!/bin/sh\ndate\n"), (b"", b"#cloud-config\n{}\n")]
)
def test_user_data_is_passed_on_as_it_is(given: bytes, found: bytes) -> None:
    assert files(given)[f"{SEED}/user-data"] == found


def test_user_data_is_for_root_alone(tmp_path: Path) -> None:
    write_seed(tmp_path, files())
    assert stat.S_IMODE((tmp_path / SEED / "user-data").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "etc/docker/daemon.json").stat().st_mode) & 0o444 == 0o444
