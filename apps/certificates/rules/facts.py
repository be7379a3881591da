"""What certificates and requests say, in words and numbers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID, ObjectIdentifier

from apps.certificates.messages import CertificateHashData, HashAlgorithm

# S16 A00.FR.502, 503: what gives 112 bits of security.
FEWEST_RSA_BITS, FEWEST_EC_BITS = 2048, 224
_HASHES: dict[HashAlgorithm, hashes.HashAlgorithm] = {
    HashAlgorithm.SHA256: hashes.SHA256(),
    HashAlgorithm.SHA384: hashes.SHA384(),
    HashAlgorithm.SHA512: hashes.SHA512(),
}


@dataclass(frozen=True, kw_only=True)
class KeyFacts:
    """A public key: RSA, EC, Ed25519, Ed448, or the name of a kind that is not good enough, and its bits."""

    kind: str
    bits: int
    is_strong: bool


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """A request for a certificate. `is_proven`: its signature shows that the sender has the private key."""

    subject: str
    common_name: str
    organization: str
    key: KeyFacts
    digest: str
    is_proven: bool


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """A certificate; `fingerprint` is the SHA-256 of it in hex."""

    subject: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    fingerprint: str
    is_self_signed: bool


def facts_of_request(request: x509.CertificateSigningRequest) -> RequestFacts:
    return RequestFacts(
        subject=request.subject.rfc4514_string(),
        common_name=_named(request.subject, NameOID.COMMON_NAME),
        organization=_named(request.subject, NameOID.ORGANIZATION_NAME),
        key=key_facts(request.public_key()),
        digest=hashlib.sha256(request.public_bytes(serialization.Encoding.DER)).hexdigest(),
        is_proven=_is_proven(request),
    )


def facts_of_certificate(certificate: x509.Certificate) -> CertificateFacts:
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        is_self_signed=is_issued_by(certificate, certificate),
    )


def key_facts(key: object) -> KeyFacts:
    if isinstance(key, rsa.RSAPublicKey):
        return KeyFacts(kind="RSA", bits=key.key_size, is_strong=key.key_size >= FEWEST_RSA_BITS)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return KeyFacts(kind="EC", bits=key.curve.key_size, is_strong=key.curve.key_size >= FEWEST_EC_BITS)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeyFacts(kind="Ed25519", bits=256, is_strong=True)
    if isinstance(key, ed448.Ed448PublicKey):
        return KeyFacts(kind="Ed448", bits=456, is_strong=True)
    return KeyFacts(kind=type(key).__name__.strip("_").removesuffix("PublicKey"), bits=0, is_strong=False)


def same_key(one: x509.Certificate, request: x509.CertificateSigningRequest) -> bool:
    return _spki(one) == _spki(request)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """By name and by signature."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def is_authority(certificate: x509.Certificate) -> bool | None:
    """Whether it may sign others; null where it does not say, as the oldest roots."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return None


def hash_data_of(certificate: x509.Certificate, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> CertificateHashData:
    """The name that OCPP gives it (that of RFC 6960); without the hash of its issuer's key where another signed it."""
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, _HASHES[algorithm]).build()
    issuer_name = hashes.Hash(_HASHES[algorithm])
    issuer_name.update(certificate.issuer.public_bytes())
    return CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=issuer_name.finalize().hex(),
        issuer_key_hash=asked.issuer_key_hash.hex() if is_issued_by(certificate, certificate) else "",
        serial_number=f"{certificate.serial_number:x}",
    )


def _spki(holder: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    return holder.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _is_proven(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _named(name: x509.Name, oid: ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    value = found[0].value if found else ""
    return value if isinstance(value, str) else value.decode("latin-1")
