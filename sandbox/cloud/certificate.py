"""A certificate in the sandbox's ACM, which its load balancer can serve: self-signed, new with each call."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sandbox.cloud.moto_state import region as region_of

_VALID = datetime.timedelta(days=397)


def self_signed(domain: str) -> tuple[str, str]:
    """A certificate for `domain` and all names directly below it, and its key, both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    names = x509.SubjectAlternativeName([x509.DNSName(domain), x509.DNSName(f"*.{domain}")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _VALID)
        .add_extension(names, critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), secret.decode()


def import_certificate(domain: str, region: str) -> dict[str, str]:
    """Have a new one in the region's ACM: its `arn`, and `pem` for clients that are to trust it."""
    pem, key = self_signed(domain)
    acm = region_of(region).service("acm")
    return {"arn": str(acm.import_certificate(pem.encode(), key.encode(), None, None, [])), "pem": pem}
