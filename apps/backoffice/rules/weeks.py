"""A calendar week on the clock of a place: seven days drawn equally wide, of which one may last 23 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

DAYS = 7


@dataclass(frozen=True)
class Week:
    """The week from this Monday on."""

    monday: date
    zone: ZoneInfo

    @classmethod
    def of(cls, day: date, zone: ZoneInfo) -> "Week":
        return cls(day - timedelta(days=day.weekday()), zone)

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=number) for number in range(DAYS)]

    @cached_property
    def midnights(self) -> list[datetime]:
        """When each day begins, and when the last one ends."""
        return [
            datetime.combine(self.monday + timedelta(days=number), time(), self.zone).astimezone(UTC)
            for number in range(DAYS + 1)
        ]

    @property
    def begin(self) -> datetime:
        return self.midnights[0]

    @property
    def end(self) -> datetime:
        return self.midnights[-1]

    def share(self, at: datetime) -> float:
        """How far into the picture an instant lies, in percent; what lies outside is put at its edge."""
        inside = min(max(at, self.begin), self.end)
        number = next((n for n in range(DAYS - 1, -1, -1) if self.midnights[n] <= inside), 0)
        begin, end = self.midnights[number], self.midnights[number + 1]
        return 100 * (number + (inside - begin) / (end - begin)) / DAYS


def instant_of(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant of a time on a clock; of one that autumn repeats the first, none for one that spring skips."""
    at = local.replace(tzinfo=zone).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == local else None
