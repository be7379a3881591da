"""Certificates and signatures as a station reads them."""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)
_SHA256 = hashes.SHA256()
_PREHASHED = utils.Prehashed(_SHA256)
_PADDINGS = (padding.PSS(padding.MGF1(_SHA256), padding.PSS.AUTO), padding.PKCS1v15())


def certificates_in(pem: str) -> list[x509.Certificate]:
    """Empty for what is no certificate."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        # Lazily parsed: what is broken inside shows only when it is looked at.
        _looked_at = [(one.subject, one.issuer, one.public_key(), one.not_valid_after_utc) for one in found]
    except _UNREADABLE:
        return []
    return found


def is_signed_by(certificate: str, signature: str, sha256: bytes) -> bool:
    """Whether the base64 signature over a file is that of the certificate's key: RSA, or ECDSA."""
    found = certificates_in(certificate)
    try:
        _verify(found[0].public_key(), base64.b64decode(signature), sha256)
    except (InvalidSignature, IndexError, binascii.Error, *_UNREADABLE):
        return False
    return True


def _verify(key: object, signature: bytes, sha256: bytes) -> None:
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, sha256, ec.ECDSA(_PREHASHED))
    elif isinstance(key, rsa.RSAPublicKey):
        _verify_rsa(key, signature, sha256)
    else:
        raise InvalidSignature


def _verify_rsa(key: rsa.RSAPublicKey, signature: bytes, sha256: bytes) -> None:
    """With either padding: S16 L01.FR.04 asks for PSS, makers also use the older one."""
    for way in _PADDINGS:
        try:
            key.verify(signature, sha256, way, _PREHASHED)
        except InvalidSignature:
            continue
        return
    raise InvalidSignature
