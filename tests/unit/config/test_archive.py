"""The router's archive on this machine: read and compared before any resource is touched."""

import hashlib
from pathlib import Path

import pytest

from infra.config import archive
from infra.config.settings import SettingsError
from tests.unit.program import config, launch

CONTENT = b"the programs"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    ("url", "sha256", "answer"),
    [
        ("", "", ""),
        ("https://example.com/w.tgz", "a" * 64, ""),
        ("file://{folder}/w.tgz", DIGEST, ""),
        ("file://{folder}/a%20b.tgz", DIGEST, ""),
        ("file://{folder}/w.tgz", "a" * 64, f"weaverSha256 is {'a' * 64}, but {{folder}}/w.tgz has {DIGEST}: check"),
        ("file:///nowhere.tgz", "a" * 64, "weaverUrl is file:///nowhere.tgz: this machine has no such file"),
    ],
)
def test_a_file_with_another_digest_and_one_that_is_missing_are_refused(
    url: str, sha256: str, answer: str, tmp_path: Path
) -> None:
    for name in ("w.tgz", "a b.tgz"):
        (tmp_path / name).write_bytes(CONTENT)
    found = archive.problem(url.format(folder=tmp_path), sha256)
    assert found.startswith(answer.format(folder=tmp_path))
    assert bool(found) == bool(answer)


def test_the_program_registers_nothing_when_the_archive_is_missing() -> None:
    with pytest.raises(SettingsError, match="this machine has no such file"):
        launch(config(weaverUrl="file:///nowhere.tgz", weaverSha256="a" * 64))
