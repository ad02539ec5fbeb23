"""Secrets under a passphrase, in the Pulumi CLI's format.

A ciphertext is `v1:<nonce>:<AES-256-GCM ciphertext>`, both base64. The key is PBKDF2-HMAC-SHA256 of the
passphrase, 1,000,000 rounds; salt and a check value are `encryptionsalt` in Pulumi.<stack>.yaml.
"""

import base64
import binascii
import hashlib
import os
import threading
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.engine.errors import EngineError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ROUNDS = 1_000_000
_CHECK = "pulumi"


class Crypter:
    """Encrypts and decrypts under one key. `state` is what `encryptionsalt` holds.

    The key takes a third of a second to derive: that happens beside whatever else the caller does, and
    a wrong passphrase is reported by the first use.
    """

    def __init__(self, state: str, phrase: str) -> None:
        self.state = state
        self._salt, self._check = _salt_and_check(state)
        self._key: list[bytes] = []
        self._deriving = threading.Thread(target=self._derive, args=(phrase,), daemon=True)
        self._deriving.start()

    def _derive(self, phrase: str) -> None:
        self._key.append(_key(phrase, self._salt))

    @cached_property
    def _aes(self) -> "AESGCM":
        self._deriving.join()
        aes = _cipher(self._key[0])
        if not self._check:
            return aes
        try:
            _unsealed(aes, self._check)
        except EngineError as error:
            raise EngineError(
                "incorrect passphrase: PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE does not "
                "match the stack's encryptionsalt"
            ) from error
        return aes

    def encrypt(self, plaintext: str) -> str:
        return _sealed(self._aes, plaintext)

    def decrypt(self, ciphertext: str) -> str:
        """Raises EngineError for what this key did not encrypt."""
        return _unsealed(self._aes, ciphertext)


def new_state(phrase: str) -> str:
    """An `encryptionsalt` with a salt of its own."""
    salt = os.urandom(8)
    return f"v1:{_encoded(salt)}:{_sealed(_cipher(_key(phrase, salt)), _CHECK)}"


def _salt_and_check(state: str) -> tuple[bytes, str]:
    try:
        salt, check = _after_version(state).split(":", 1)
        return base64.b64decode(salt), check
    except (ValueError, binascii.Error) as error:
        raise EngineError(f"encryptionsalt is malformed: {state!r}") from error


def _after_version(text: str) -> str:
    version, _, rest = text.partition(":")
    if version != "v1":
        raise ValueError(version)
    return rest


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _sealed(aes: "AESGCM", plaintext: str) -> str:
    nonce = os.urandom(12)
    return f"v1:{_encoded(nonce)}:{_encoded(aes.encrypt(nonce, plaintext.encode(), None))}"


def _unsealed(aes: "AESGCM", ciphertext: str) -> str:
    from cryptography.exceptions import InvalidTag

    try:
        nonce, sealed = _after_version(ciphertext).split(":")
        return aes.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()
    except (ValueError, binascii.Error, InvalidTag) as error:
        raise EngineError("a secret cannot be decrypted: it was written under another passphrase") from error


def passphrase(environ: Mapping[str, str] = os.environ) -> str:
    """From PULUMI_CONFIG_PASSPHRASE, or the file that PULUMI_CONFIG_PASSPHRASE_FILE names."""
    if "PULUMI_CONFIG_PASSPHRASE" in environ:
        return environ["PULUMI_CONFIG_PASSPHRASE"]
    if path := environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise EngineError(f"PULUMI_CONFIG_PASSPHRASE_FILE {path}: {error.strerror}") from error
    raise EngineError("passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE")


@lru_cache(maxsize=8)
def _key(phrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", phrase.encode(), salt, _ROUNDS)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
