"""Reading a station's opening request: its address, its credentials, and the versions it offers."""

import base64
import binascii
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from apps.core.text import storable
from apps.dialects.adapters.registry import versions_by_preference
from apps.stations.messages import OcppVersion

LONGEST_NAME = 255


def slug_and_identity(raw_path: bytes) -> tuple[str, str] | None:
    """`/ocpp/<slug>/<identity>`, each part decoded once after splitting; slashes too many do no harm (Q67)."""
    parts = [part for part in raw_path.decode("latin-1").split("/") if part]
    if len(parts) != 3 or parts[0] != "ocpp":
        return None
    slug, identity = (unicodedata.normalize("NFC", storable(unquote(part))) for part in parts[1:])
    return slug[:LONGEST_NAME], identity[:LONGEST_NAME]


def user_and_password(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bytes]:
    """HTTP Basic, in bytes: a 1.6 key need not be text (J16 §6.2.2). What is absent or unreadable is empty."""
    given = next((value for name, value in headers if name.lower() == b"authorization"), b"")
    scheme, _, encoded = given.strip().partition(b" ")
    if scheme.lower() != b"basic":
        return "", b""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return "", b""
    return unicodedata.normalize("NFC", user.decode("utf-8", errors="replace")), password


def offered(headers: Iterable[str]) -> tuple[str, ...]:
    """The names in all Sec-WebSocket-Protocol headers, as the station wrote them."""
    return tuple(name.strip() for header in headers for name in header.split(",") if name.strip())


def choose_version(names: Iterable[str]) -> tuple[OcppVersion, str] | None:
    """The newest version both sides speak, and the station's spelling of it, which its library compares (Q66)."""
    spelled = {name.casefold(): name for name in names}
    return next(
        ((version, spelled[version.subprotocol]) for version in versions_by_preference()
         if version.subprotocol in spelled),
        None,
    )  # fmt: skip


def address_of(scope: dict[str, Any]) -> str:
    """Where a connection comes from; one behind a proxy that is not trusted comes from the proxy."""
    client = scope.get("client")
    return str(client[0]) if client else ""
