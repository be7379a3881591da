"""What clocks that can't be believed still tell: how long something took (Q36)."""

from datetime import UTC, datetime, timedelta

LONGEST = timedelta(days=7)


def span_between(begin: str, end: str) -> timedelta | None:
    """How much time passed between two readings of one clock, in its own words; None where they do not tell."""
    first, last = _instant(begin), _instant(end)
    if first is None or last is None:
        return None
    span = last - first
    return span if timedelta(0) < span <= LONGEST else None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
