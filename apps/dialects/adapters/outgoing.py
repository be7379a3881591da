"""What both dialects write alike: instants, numbers and the check that nothing unlawful leaves."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apps.dialects.adapters.reading import INT32_MAX
from apps.dialects.messages import Payload
from apps.drivers.messages import IdTokenSeen

Encoded = tuple[str, Payload]
Encoder = Callable[[Any], Encoded]
Reply = Callable[[Any], Payload]
QuarantineReply = Callable[[Any, int], Payload]


def timestamp(at: datetime) -> str:
    """UTC to the second with a Z: the one form that every station is known to read (Q35, Q38)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def interval(seconds: int) -> int:
    """Never 0, which floods (Q49)."""
    return min(max(1, seconds), INT32_MAX)


def gettext_noop(message: str) -> str:
    """Marks a text for translation. This app knows no Django, so whoever shows the text translates it."""
    return message


def shown_token(token: IdTokenSeen, length: int) -> str | None:
    """The token as a station showed it, so that it finds it in its lists; None if this version has no room for it."""
    return next((text for text in (token.raw, token.value) if text and len(text) <= length), None)
