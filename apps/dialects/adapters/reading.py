"""Lenient reading of single values: coerce what loses nothing, give None for the rest, raise only in `required_…`.

A JSON null counts as absent everywhere (P4 §4.1.5 forbids it, stations send it: Q61).
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from apps.core.clock import ASSUMED_UTC, is_plausible
from apps.core.text import storable
from apps.dialects.adapters.errors import ErrorCode
from apps.dialects.messages import Message, Payload, Unreadable

Word = TypeVar("Word")
Parser = Callable[[Payload, datetime], Message]

INT32_MAX = 2**31 - 1
LONGEST_NUMBER = 10**20  # as text; some makes send an idTag as a number
# Beyond this no register on earth goes, and neither bigint Wh nor float8 can tell units apart.
LARGEST_MEASURED = 1e15
# Below this no meter tells anything from nothing, and PostgreSQL refuses what a real can't tell from 0.
SMALLEST_MEASURED = 1e-15

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}(\.0*)?")
_SHORTEST_INSTANT = len("20260101T1200Z")
_ODD_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_NOTHING = frozenset({"null", "(null)", "none", "n/a"})
_TRUE_WORDS = frozenset({"true", "1", "yes"})


def text(value: Any) -> str:
    """Any scalar as storable text; absent is empty. Nothing is cut, for what is cut no longer matches (Q62)."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else storable(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, float) or (isinstance(value, int) and abs(value) < LONGEST_NUMBER) else ""


def note(value: Any) -> str:
    """Text for people; some stations write the word null for nothing (Q44)."""
    found = text(value).strip()
    return "" if found.casefold() in _NOTHING else found


def integer(value: Any, *, low: int = -INT32_MAX - 1, high: int = INT32_MAX) -> int | None:
    """A whole number given as number, whole float or digits (Q62), if it lies within the bounds."""
    if isinstance(value, str):
        stripped = value.strip()
        value = int(stripped.partition(".")[0]) if _WHOLE.fullmatch(stripped) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if low <= value <= high else None


def number(value: Any) -> float | None:
    """A finite number, also from text with spaces around; a comma could mean two things and is not read (Q26)."""
    if value.__class__ is bool or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and "_" in value:  # a Python spelling of numbers, nobody else's
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    if SMALLEST_MEASURED <= abs(found) <= LARGEST_MEASURED:
        return found
    return 0.0 if abs(found) < SMALLEST_MEASURED else None  # NaN fails all comparisons


def whole_wh(value: Any) -> int | None:
    """A register reading in whole Wh. A fraction of one is cut, as an integer register would (Q62)."""
    found = number(value)
    return None if found is None else math.floor(found)


def flag(value: Any) -> bool:
    return value is True or (value is not None and text(value).casefold() in _TRUE_WORDS)


def instant(value: Any, received_at: datetime) -> datetime | None:
    """A station's clock reading in UTC, or None where it is unreadable or implausible (Q35-Q37).

    Without a zone it is taken as UTC, and says so by `ASSUMED_UTC`. A day alone is not an instant.
    """
    at = any_instant(value)
    return at if at is not None and is_plausible(at, received_at=received_at) else None


def any_instant(value: Any) -> datetime | None:
    """The same for an instant that no clock has to have shown yet."""
    if not isinstance(value, str) or len(value) < _SHORTEST_INSTANT:
        return None
    try:
        at = _parsed(value)
        return at.replace(tzinfo=ASSUMED_UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parsed(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        found = _ODD_INSTANT.fullmatch(value.strip())
        if found is None:
            raise
    zone = (found["zone"] or "").upper()
    time = found["time"].replace(":60", ":59").replace(",", ".")  # a leap second; nobody bills it
    return datetime.fromisoformat(f"{found['day']}T{time}{'Z' if zone in ('UTC', 'GMT') else zone}")


def folded(words: Mapping[str, Word]) -> Mapping[str, Word]:
    """The table with casefolded keys added: the exact word is found at once, variants by a second look."""
    return {word.casefold(): meaning for word, meaning in words.items()} | dict(words)


def choice(value: Any, table: Mapping[str, Word]) -> Word | None:
    """The meaning of a word in a `folded` table, whatever its case and the spaces around it."""
    if not isinstance(value, str):
        return None
    found = table.get(value)
    return found if found is not None else table.get(value.strip().casefold())


def object_at(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def list_at(value: Any) -> list[Any]:
    """A list; a lone object where a list belongs is a list of one."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


# --- what cannot be done without --------------------------------------------------------------------------


def required_integer(payload: Mapping[str, Any], name: str, *, low: int = 0) -> int:
    found = integer(payload.get(name), low=low)
    if found is None:
        raise missing_or_wrong(payload, name, "a whole number")
    return found


def required_text(payload: Mapping[str, Any], name: str) -> str:
    found = text(payload.get(name))
    if not found:
        raise missing_or_wrong(payload, name, "text")
    return found


def required_choice(payload: Mapping[str, Any], name: str, table: Mapping[str, Word]) -> Word:
    found = choice(payload.get(name), table)
    if found is not None:
        return found
    if isinstance(payload.get(name), str):
        raise Unreadable(f"$.{name}", "This word is not known here.", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION)
    raise missing_or_wrong(payload, name, "a word")


def missing_or_wrong(payload: Mapping[str, Any], name: str, kind: str) -> Unreadable:
    if payload.get(name) is None:
        return Unreadable(f"$.{name}", "This is missing.", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION)
    return Unreadable(f"$.{name}", f"This is not {kind}.", ErrorCode.TYPE_CONSTRAINT_VIOLATION)
