"""Host keys: each node's key is known before the node exists, so no other machine can pose as it."""

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from infra.config.settings import Settings

# FIPS 186-5, table 1 and appendix A.2.1: the order of P-256, and a seed 64 bits longer for an unbiased key.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SEED_BYTES = 40


@dataclass(frozen=True, kw_only=True)
class HostKey:
    """`public` in authorized_keys form, `private` in OpenSSL's, because OpenSSH's has a random part."""

    public: str
    private: str = field(repr=False)


def label(settings: Settings) -> str:
    """8 hex digits that tell this stack from another of its name, and change with the host keys."""
    return _derived(settings, "apollo key pair", 4).hex()


def host_key(name: str, settings: Settings) -> HostKey:
    """A node's or the bastion's key, the same each time: from its name and a secret that is for host keys alone.

    ECDSA, because the cloud-init of Ubuntu 14.04 does not accept an ed25519 key.
    """
    number = int.from_bytes(_derived(settings, f"apollo host key of {name}", _SEED_BYTES)) % (_ORDER - 1) + 1
    key = ec.derive_private_key(number, ec.SECP256R1())
    return HostKey(
        public=key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        private=key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
    )


def _derived(settings: Settings, purpose: str, size: int) -> bytes:
    secret = base64.b64decode(settings.host_key_secret.get_secret_value())
    return HKDF(SHA256(), size, salt=None, info=purpose.encode()).derive(secret)
