"""Firmware for tests, and what stations say while they install it."""

import datetime
import hashlib
import io
from base64 import b64encode
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.stations.models import Firmware
from apps.stations.services.library import add_firmware

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def put_blobs_into(settings: Any, folder: Path) -> Path:
    blobs = {**settings.STORAGES["blobs"], "OPTIONS": {"location": str(folder), "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}
    return folder


def make_firmware(version: str = "2.0", *, content: bytes = CONTENT, signed: bool = False, **fields: Any) -> Firmware:
    if signed:
        fields |= signature_of(content)
    return add_firmware(Firmware(version=version, **fields), io.BytesIO(content), name=f"fw-{version}.bin", by="test")


def signature_of(content: bytes) -> dict[str, str]:
    """A signature with the certificate of whoever made it, as a manufacturer hands them out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Firmware signing")])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + datetime.timedelta(days=9000))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    return {
        "signature": b64encode(key.sign(content, ec.ECDSA(hashes.SHA256()))).decode(),
        "signing_certificate": certificate,
    }
