"""Certificates for tests, valid in the time in which the stations of these tests live."""

from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.simulator.conftest import START


def certificate(
    key: ec.EllipticCurvePrivateKey, *, public_key: Any = None, name: str = "A", days: int = 30
) -> x509.Certificate:
    """Issued by a key; its own unless another's `public_key` is given."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A")]))
        .public_key(public_key or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START - timedelta(days=60))
        .not_valid_after(START + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )


def pem(found: x509.Certificate) -> str:
    return found.public_bytes(serialization.Encoding.PEM).decode()
