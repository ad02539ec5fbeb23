"""The form of a backup: what one key wrote, the same key reads; all else is refused by its reason."""

from base64 import b64encode

import pytest

from ops.backup.sealed import seal, unseal
from ops.remote.errors import OperatorError
from tests.unit.program import BACKUP_KEY

CONTENT = b"what Consul and Marathon have" * 99
SEALED = seal(CONTENT, BACKUP_KEY)
OTHER = b64encode(bytes(32)).decode()


def test_a_backup_is_read_with_its_key_and_has_nothing_readable_in_it() -> None:
    assert unseal(SEALED, BACKUP_KEY) == CONTENT
    assert b"Marathon" not in SEALED
    assert seal(CONTENT, BACKUP_KEY) != SEALED, "two backups of the same content differ"


@pytest.mark.parametrize(
    ("sealed", "key", "error"),
    [
        (SEALED, OTHER, "this backup was made with another backupKey: set the one"),
        (SEALED, "no base64!", "backupKey [secret] can't be used: it is not base64"),
        (SEALED[:-1], BACKUP_KEY, "this backup is damaged"),
        (SEALED[:40], BACKUP_KEY, "this backup is damaged"),
        (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), BACKUP_KEY, "this backup is damaged"),
        (SEALED[:60] + bytes([SEALED[60] ^ 1]) + SEALED[61:], BACKUP_KEY, "this backup is damaged"),
        (
            SEALED.replace(b"backup 1\n", b"backup 2\n"),
            BACKUP_KEY,
            "this backup has form 2, and this version of Apollo",
        ),
        (b"", BACKUP_KEY, "this is not a backup that `make backup` wrote"),
        (b"PK\x03\x04 something else\n", BACKUP_KEY, "this is not a backup that `make backup` wrote"),
    ],
)
def test_what_can_not_be_read_is_refused_by_its_reason(sealed: bytes, key: str, error: str) -> None:
    with pytest.raises(OperatorError) as refused:
        unseal(sealed, key)
    assert str(refused.value).startswith(error)
