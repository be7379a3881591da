"""The one clock. Tests stop it with time-machine."""

from datetime import UTC, datetime, timedelta, timezone

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(days=2)
# UTC for instants that were told without any zone; it equals UTC, but can be told from it.
ASSUMED_UTC = timezone(timedelta(0), "assumed")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def has_assumed_zone(at: datetime | None) -> bool:
    """Whether an instant was told without a zone."""
    return at is not None and at.tzinfo is ASSUMED_UTC


def is_plausible(at: datetime, *, received_at: datetime) -> bool:
    """Whether a station's clock reading may be taken as it is: from 2010 until two days ahead of ours."""
    return EARLIEST <= at <= received_at + FUTURE_TOLERANCE
