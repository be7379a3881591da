"""A certification authority in a few lines, and what stations make: keys and requests."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = Any
DAY = timedelta(days=1)


def subject(common_name: str, organization: str = "Depot GmbH") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def make_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def pem(*holders: Any) -> str:
    return "".join(holder.public_bytes(serialization.Encoding.PEM).decode() for holder in holders)


def private_pem(key: Key) -> str:
    form = serialization.PrivateFormat.PKCS8
    return str(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode())


def request(
    common_name: str = "SN-4711", key: Key | None = None, organization: str = "Depot GmbH"
) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(common_name, organization))
    return builder.sign(key or make_key(), hashes.SHA256())


def forged(common_name: str = "SN-4711") -> str:
    """A request in base64 whose signature does not fit: a bit of it was turned."""
    good = bytearray(request(common_name).public_bytes(serialization.Encoding.DER))
    good[-1] ^= 1
    return base64.b64encode(bytes(good)).decode()


@dataclass
class Authority:
    name: x509.Name
    key: Key
    certificate: x509.Certificate

    @classmethod
    def root(cls, common_name: str, **options: Any) -> "Authority":
        key, name = make_key(), subject(common_name)
        return cls(name, key, _certificate(name, name, key.public_key(), key, is_authority=True, **options))

    def below(self, common_name: str) -> "Authority":
        key, name = make_key(), subject(common_name)
        made = _certificate(name, self.name, key.public_key(), self.key, is_authority=True)
        return Authority(name, key, made)

    def sign(self, asked: x509.CertificateSigningRequest, **options: Any) -> x509.Certificate:
        return _certificate(asked.subject, self.name, asked.public_key(), self.key, **options)


def _certificate(
    name: x509.Name,
    issuer: x509.Name,
    public_key: Any,
    signer: Key,
    *,
    is_authority: bool = False,
    begins_in: timedelta = -DAY,
    ends_in: timedelta = 365 * DAY,
) -> x509.Certificate:
    at = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at + begins_in)
        .not_valid_after(at + ends_in)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    return builder.sign(signer, hashes.SHA256())
