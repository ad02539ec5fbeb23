"""What `make clean` leaves of the sandbox stack's config."""

from pathlib import Path

import pytest

from ops import clean
from ops.clean import GENERATED, clean_config, without_generated
from sandbox.home import DEFAULTS
from sandbox.images.stack import pairs, switched

SECRET = "{}:\n    secure: v1:abc:def\n"
SECRETS = "".join(f"  apollo:{SECRET.format(key)}" for key in GENERATED)


def made(text: str) -> str:
    """The text as it is after `make init`."""
    return f"encryptionsalt: v1:salt=\n{text}{SECRETS}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("config:\n  # two\n  apollo:slaveCount: 2\n", "config:\n  # two\n  apollo:slaveCount: 2\n"),
        (
            f"config:\n  apollo:{SECRET.format('own')}",
            f"encryptionsalt: v1:salt=\nconfig:\n  apollo:{SECRET.format('own')}",
        ),
    ],
    ids=["the salt goes with the last secret", "a secret of the user's own stays, and its salt"],
)
def test_only_what_was_generated_is_removed(text: str, left: str) -> None:
    assert without_generated(made(text)) == left


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clean, "PROJECT", tmp_path)
    monkeypatch.setattr(clean, "DEFAULTS", tmp_path / "sandbox/stack.yaml")
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox/stack.yaml").write_text(DEFAULTS.read_text())
    return tmp_path / "Pulumi.sandbox.yaml"


def test_a_config_that_nobody_changed_is_removed(config: Path) -> None:
    config.write_text(made(DEFAULTS.read_text().replace("slaveCount: 2", 'slaveCount: "2"')))  # as the CLI writes it
    assert clean_config() is None
    assert not config.exists()
    assert clean_config() is None


def test_the_choice_of_published_images_is_no_change(config: Path) -> None:
    published = switched(DEFAULTS.read_text(), {key: (pair.built, pair.published) for key, pair in pairs().items()})
    assert published != DEFAULTS.read_text()
    config.write_text(made(published))
    assert clean_config() is None
    assert not config.exists()


def test_a_config_with_changes_stays_and_the_user_reads_why(config: Path) -> None:
    changed = DEFAULTS.read_text().replace("slaveCount: 2", "slaveCount: 4")
    config.write_text(made(changed))
    sentence = "Pulumi.sandbox.yaml keeps your changes; without it, the next sandbox starts from sandbox/stack.yaml"
    assert clean_config() == sentence
    assert config.read_text() == changed
