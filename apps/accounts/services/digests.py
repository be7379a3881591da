"""Keyed digests of machine-made secrets: fast to check, useless without SECRET_KEY."""

import hashlib
import hmac

from django.conf import settings
from django.utils.encoding import force_bytes


def keyed_digest(secret: bytes, *, purpose: str) -> str:
    """HMAC-SHA256 under the present SECRET_KEY, as 64 hex digits. `purpose` keeps digests of two kinds apart."""
    return _digest(secret, purpose, settings.SECRET_KEY)


def possible_digests(secret: bytes, *, purpose: str) -> list[str]:
    """The digest under the present key first, then those under keys that are being phased out."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [_digest(secret, purpose, key) for key in keys]


def _digest(secret: bytes, purpose: str, key: str | bytes) -> str:
    return hmac.new(force_bytes(key), purpose.encode() + b"\0" + secret, hashlib.sha256).hexdigest()
