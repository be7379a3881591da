"""PEM as it comes: from stations that wrap it oddly or not at all, and from people who paste it."""

import base64
import binascii
import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

MOST_CHARS = 100_000
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
_CERTIFICATE = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
_FAILURES = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip


class Unreadable(Exception):
    """This is not what it should be."""


class HoldsPrivateKey(Unreadable):
    """A private key came along. It must neither be kept nor sent."""


def request_in(text: str) -> x509.CertificateSigningRequest:
    """The PKCS#10 request in PEM, or in base64 without the lines around it; raises Unreadable."""
    text = _unwrapped(text)
    try:
        found = x509.load_pem_x509_csr(text.encode()) if "-----BEGIN" in text else x509.load_der_x509_csr(_bare(text))
        # Lazily parsed: what is broken inside shows only when it is looked at.
        _looked_at = (found.subject, found.public_key(), found.signature)
    except _FAILURES as problem:
        raise Unreadable from problem
    return found


def certificates_in(text: str) -> list[x509.Certificate]:
    """All certificates in a text, in its order; raises Unreadable when there is none, or one is broken."""
    text = _unwrapped(text)
    blocks = list(_BLOCK.finditer(text))
    if any("PRIVATE KEY" in block[1] for block in blocks):
        raise HoldsPrivateKey
    try:
        found = [x509.load_pem_x509_certificate(block[0].encode()) for block in blocks if block[1] in _CERTIFICATE]
        _looked_at = [
            (one.subject, one.issuer, one.public_key(), one.extensions, one.not_valid_before_utc,
             one.not_valid_after_utc)
            for one in found
        ]  # fmt: skip
    except _FAILURES as problem:
        raise Unreadable from problem
    if not found:
        raise Unreadable
    return found


def _unwrapped(text: str) -> str:
    """Some stations send the line ends of PEM as the two signs that JSON has for them, once more escaped."""
    if len(text) > MOST_CHARS:
        raise Unreadable
    return text.replace("\\r", "").replace("\\n", "\n").strip()


def _bare(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as problem:
        raise Unreadable from problem
