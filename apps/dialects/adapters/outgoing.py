"""What both dialects write alike: instants, numbers and the check that nothing unlawful leaves."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from apps.core.errors import UnableTo
from apps.dialects.adapters.reading import INT32_MAX
from apps.dialects.messages import Payload
from apps.drivers.messages import AuthorizationData, IdTokenSeen, SendLocalList, UpdateType

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


def whole(number: int, *, low: int = 0) -> int:
    """A number that fits where stations keep theirs, 32 bits with a sign; the schemas of 1.6 know no bounds."""
    if not low <= number <= INT32_MAX:
        raise UnableTo(gettext_noop("A number in this message is outside the range that stations know."))
    return number


def rate(limit: float) -> float:
    """A limit in the steps of 0.1 that 1.6 has (S16 §7.14), rounded down: up would be more than was allowed."""
    if not math.isfinite(limit):
        raise UnableTo(gettext_noop("A limit has to be a number."))
    return math.floor(round(limit * 10, 6)) / 10


def told(fields: Mapping[str, Any]) -> Payload:
    """The fields that say something, instants in their lawful form."""
    return {
        name: timestamp(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
        if value is not None
    }


def listed(command: SendLocalList) -> tuple[AuthorizationData, ...]:
    """The entries of a local list; one that replaces the old list has nothing to remove (S16 §7.1, D01.FR.17)."""
    if command.update_type is UpdateType.FULL and any(entry.id_token_info is None for entry in command.entries):
        raise UnableTo(gettext_noop("A full list can't remove tokens: it replaces the list as a whole."))
    return command.entries


def gettext_noop(message: str) -> str:
    """Marks a text for translation. This app knows no Django, so whoever shows the text translates it."""
    return message


def shown_token(token: IdTokenSeen, length: int) -> str | None:
    """The token as a station showed it, so that it finds it in its lists; None if this version has no room for it."""
    return next((text for text in (token.raw, token.value) if text and len(text) <= length), None)
