"""Each reason why a machine cannot run hosts is one line."""

import os
import shutil
from pathlib import Path

import pytest

from sandbox.home import Home
from sandbox.hosts import preflight
from sandbox.hosts.ranges import Route, parse_routes, stack_ranges


@pytest.fixture(autouse=True)
def _good_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("APOLLO_SANDBOX", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(preflight, "filesystem", lambda _: "ext4")
    monkeypatch.setattr(preflight, "_module", lambda _: True)
    monkeypatch.setattr(preflight, "machine_routes", list)


def found(ranges: dict[str, str] | None = None) -> list[str]:
    return preflight.problems(Home(), ranges or {})


def without(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: None if name == missing else f"/usr/bin/{name}")


def test_a_machine_with_everything_has_no_problem() -> None:
    assert found({"vpcCidr": "10.0.0.0/16"}) == []


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ("sudo", "need root: run as root, or install sudo"),
        ("systemd-nspawn", "apt-get install systemd-container"),
        ("mmdebstrap", "apt-get install mmdebstrap"),
        ("nft", "apt-get install nftables"),
    ],
)
def test_a_missing_program_is_one_line_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, missing: str, remedy: str
) -> None:
    without(monkeypatch, missing)
    (line,) = found()
    assert remedy in line
    assert "\n" not in line
    assert "what works here without them: make preview, make test-unit" in line


def test_a_folder_on_a_network_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "filesystem", lambda _: "nfs")
    (line,) = found()
    assert "file system of type nfs" in line


def test_a_folder_whose_name_would_be_read_as_mount_options_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APOLLO_SANDBOX", "/tmp/a,b")
    (line,) = found()
    assert line.startswith("/tmp/a,b: ")


def test_ranges_come_from_the_stacks_file(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.sandbox.yaml"
    assert stack_ranges(file) == {"vpcCidr": "10.0.0.0/16", "weaveCidr": "10.2.0.0/16"}
    file.write_text("config:\n  apollo:vpcCidr: 10.90.0.0/16\n")
    assert stack_ranges(file) == {"vpcCidr": "10.90.0.0/16", "weaveCidr": "10.2.0.0/16"}


def test_a_clash_with_a_route_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    routes: list[Route] = parse_routes([{"dst": "10.0.0.0/8", "dev": "tun0"}])
    monkeypatch.setattr(preflight, "machine_routes", lambda: routes)
    (line,) = found({"vpcCidr": "10.0.0.0/16"})
    assert "10.0.0.0/8 by tun0" in line
