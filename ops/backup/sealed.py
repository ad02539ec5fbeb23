"""A sealed backup: AES-256-GCM with a key that is derived from the stack's `backupKey` and a random salt.

The form: a line with the number of the form, then salt, a mark of the key, nonce, and the encrypted content. All that
comes before the nonce is authenticated with the content.
"""

import os
from base64 import b64decode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ops.remote.errors import OperatorError

_FORMAT = 1
_WORDS = b"apollo backup "
_LINE = b"%s%d\n" % (_WORDS, _FORMAT)
_LINE_MOST = len(_WORDS) + 8
_SALT, _MARK, _NONCE = 16, 8, 12


def seal(content: bytes, key: str) -> bytes:
    """`key` is the config key `backupKey`: base64."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    secret, mark = _derived(key, salt)
    header = _LINE + salt + mark
    return header + nonce + AESGCM(secret).encrypt(nonce, content, header)


def unseal(sealed: bytes, key: str) -> bytes:
    """Raises OperatorError that names what is wrong: no backup, a newer form, another key, or damaged."""
    line, ends, _ = sealed[:_LINE_MOST].partition(b"\n")
    if not line.startswith(_WORDS) or not ends:
        raise OperatorError("this is not a backup that `make backup` wrote")
    if line + ends != _LINE:
        raise OperatorError(
            f"this backup has form {line.removeprefix(_WORDS).decode(errors='replace')}, and this version of Apollo "
            f"reads form {_FORMAT}: restore it with the version that wrote it, or a newer one"
        )
    mark_at, nonce_at = len(_LINE) + _SALT, len(_LINE) + _SALT + _MARK
    header, nonce = sealed[:nonce_at], sealed[nonce_at : nonce_at + _NONCE]
    if len(nonce) < _NONCE:
        raise OperatorError(_DAMAGED)
    secret, mark = _derived(key, sealed[len(_LINE) : mark_at])
    if mark != header[mark_at:]:
        raise OperatorError(
            "this backup was made with another backupKey: set the one that was in the config then, "
            "`./pulumiw config set --secret backupKey`"
        )
    try:
        return AESGCM(secret).decrypt(nonce, sealed[nonce_at + _NONCE :], header)
    except InvalidTag:
        raise OperatorError(_DAMAGED) from None


_DAMAGED = "this backup is damaged: some of its bytes are not those that were written; use another copy of it"


def _derived(key: str, salt: bytes) -> tuple[bytes, bytes]:
    """The key that encrypts, and the mark by which another key is recognised."""
    try:
        secret = b64decode(key, validate=True)
    except ValueError:
        raise OperatorError("backupKey [secret] can't be used: it is not base64") from None
    derived = HKDF(SHA256(), 32 + _MARK, salt, info=b"apollo backup").derive(secret)
    return derived[:32], derived[32:]
