"""A state file that the Pulumi CLI 3.259.0 wrote, of this project's own program; its secrets are throw-away words."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine import checkpoint
from sandbox.engine.codec import Codec
from sandbox.engine.errors import EngineError
from sandbox.engine.secrets import Crypter
from sandbox.engine.values import Secret
from tests.unit.engine.conftest import PASSPHRASE

WRITTEN: dict[str, Any] = json.loads((Path(__file__).parent / "data/checkpoint-of-the-cli.json").read_text())
STACK = WRITTEN["checkpoint"]["stack"]


def codec(phrase: str = PASSPHRASE) -> Codec:
    return Codec(Crypter(checkpoint.salt_in(WRITTEN), phrase))


def test_the_secrets_of_a_state_that_the_cli_wrote_are_read_within_one_another() -> None:
    found = {item.urn.rsplit("::", 1)[-1]: item for item in checkpoint.load(WRITTEN, codec()).resources}
    router = found["slave-1-router"]
    assert router.inputs["stdin"] == Secret("a throw-away password")
    for props in (router.inputs, router.outputs):
        assert props["connection"].value["privateKey"] == Secret("a throw-away key")
        assert props["connection"].value["port"] == 22


def test_a_state_that_the_cli_wrote_is_written_again_as_it_was_to_the_last_ciphertext() -> None:
    one = codec()
    read = checkpoint.load(WRITTEN, one)
    pieces = checkpoint.render(STACK, one, read.resources, read.operations, read.extra)
    written = json.loads(b"".join(pieces))["checkpoint"]
    assert written["stack"] == STACK
    before = WRITTEN["checkpoint"]["latest"]
    for part in ("resources", "secrets_providers", "metadata"):
        assert written["latest"][part] == before[part], part


def test_another_passphrase_does_not_read_it() -> None:
    with pytest.raises(EngineError, match="passphrase"):
        checkpoint.load(WRITTEN, codec("another"))
