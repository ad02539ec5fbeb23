"""Paths and names of a sandbox."""

import stat
from pathlib import Path

import pytest

from sandbox.home import Home


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("APOLLO_SANDBOX", str(tmp_path / "box"))


def test_two_clones_have_different_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APOLLO_SANDBOX")
    one, two = Home(Path("/home/ann/apollo")), Home(Path("/home/ann/apollo-2"))
    assert one.dir == Path("/home/ann/apollo/.sandbox")
    assert one.name != two.name
    assert len(one.name) == len("apollo-1a2b") <= 15  # what a network interface may be called


def test_secrets_are_made_once_and_are_for_the_owner_alone() -> None:
    Home().prepare()
    first = (Home().passphrase.read_text(), Home().key.read_text())
    Home().prepare()
    assert (Home().passphrase.read_text(), Home().key.read_text()) == first
    assert {stat.S_IMODE(path.stat().st_mode) for path in (Home().passphrase, Home().key)} == {0o600}


def test_the_environment_never_points_at_aws() -> None:
    environ = Home().environ()
    assert environ["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{Home().port}"
    assert environ["AWS_ACCESS_KEY_ID"] == Home().key.read_text()
    assert environ["PULUMI_BACKEND_URL"] == f"file://{Home().state}"


def test_the_endpoint_is_the_one_that_the_daemon_announced() -> None:
    Home().prepare()
    Home().cloud_json.write_text('{"endpoint": "http://127.0.0.1:4711", "pid": 1}')
    assert Home().endpoint() == "http://127.0.0.1:4711"


@pytest.mark.parametrize("half", ["", '{"endpoint": "http'])
def test_half_an_announcement_is_none(half: str) -> None:
    Home().prepare()
    Home().cloud_json.write_text(half)
    assert Home().cloud() is None
