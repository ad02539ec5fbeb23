"""SSH keys in a stack's config: the one that `up` logs in with, and those of the admins."""

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)
from pydantic import AfterValidator, SecretStr

NAME = r"^[a-z_][a-z0-9_-]{0,30}$"
"""Of a login, as useradd(8) accepts it on every distribution."""

ROTATION = "ssh"
"""What the config key `rotation` begins with while the key that `up` logs in with is replaced."""

_RSA_BITS = 2048
_KINDS = (
    *("ssh-ed25519", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"),
    *("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"),
)
_BLOCK = re.compile(r"-----BEGIN OPENSSH PRIVATE KEY-----.*?-----END OPENSSH PRIVATE KEY-----", re.DOTALL)


def _public(text: str) -> str:
    line = text.strip()
    if not line.isprintable() or line.partition(" ")[0] not in _KINDS:
        raise ValueError("it is not a line of a kind that is accepted")
    try:
        key = load_ssh_public_key(line.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError("its kind is not supported") from error
    if isinstance(key, RSAPublicKey) and key.key_size < _RSA_BITS:
        raise ValueError(f"it has {key.key_size} bits")
    return line


def _private(secret: SecretStr) -> SecretStr:
    try:
        key = load_ssh_private_key(secret.get_secret_value().encode(), password=None)
    except UnsupportedAlgorithm as error:
        raise ValueError("its kind is not supported") from error
    except (TypeError, ValueError) as error:
        locked = "password" in str(error).lower()
        raise ValueError("it is locked by a passphrase" if locked else "it is malformed") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"it is an {type(key).__name__.strip('_').removesuffix('PrivateKey')} key")  # noqa: TRY004
    return secret


public_key = AfterValidator(_public)
private_key = AfterValidator(_private)


def public_half(private: str) -> str:
    """The public key of a private one in OpenSSH's form, as a line for authorized_keys without a comment."""
    key = load_ssh_private_key(private.encode(), password=None).public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def rotating(rotation: str) -> tuple[str, ...]:
    """The old and the new private key of an unfinished rotation of the key that `up` logs in with; () without one."""
    name, _, keys = rotation.partition(" ")
    return tuple(f"{block}\n" for block in _BLOCK.findall(keys)) if name == ROTATION else ()
