"""Paths and names of a sandbox."""

import stat
from pathlib import Path

import pytest

from sandbox.home import DEFAULTS, Home


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Home:
    monkeypatch.delenv("APOLLO_SANDBOX", raising=False)
    return Home(tmp_path)


@pytest.mark.usefixtures("home")
def test_two_clones_have_different_names() -> None:
    one, two = Home(Path("/home/ann/apollo")), Home(Path("/home/ann/apollo-2"))
    assert one.dir == Path("/home/ann/apollo/.sandbox")
    assert one.name != two.name
    assert len(one.name) == len("apollo-1a2b") <= 15  # what a network interface may be called


def test_secrets_are_made_once_and_are_for_the_owner_alone(home: Home) -> None:
    home.prepare()
    first = (home.passphrase.read_text(), home.key.read_text())
    home.prepare()
    assert (home.passphrase.read_text(), home.key.read_text()) == first
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.passphrase, home.key)} == {0o600}


def test_the_environment_never_points_at_aws(home: Home) -> None:
    environ = home.environ()
    assert environ["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{home.port}"
    assert environ["AWS_ACCESS_KEY_ID"] == home.key.read_text()
    assert environ["PULUMI_BACKEND_URL"] == f"file://{home.state}"


def test_the_stack_starts_from_the_defaults_and_keeps_the_users_changes(home: Home) -> None:
    assert home.stack_config == DEFAULTS
    home.prepare()
    assert home.stack_config == home.root / "Pulumi.sandbox.yaml"
    assert home.stack_config.read_text() == DEFAULTS.read_text()
    home.stack_config.write_text("config: {}\n")
    home.prepare()
    assert home.stack_config.read_text() == "config: {}\n"
