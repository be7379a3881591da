"""The picture of a week, above all in the weeks in which clocks are changed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from apps.backoffice.rules.weeks import Week, instant_of

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, PLAIN, AUTUMN = date(2026, 3, 29), date(2026, 3, 18), date(2026, 10, 25)


def local(week: Week, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    on = week.days[day]
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=week.zone, fold=fold)


def test_a_week_begins_on_monday_on_the_clock_of_the_place() -> None:
    week = Week.of(PLAIN, BERLIN)

    assert [str(day) for day in (week.days[0], week.days[6])] == ["2026-03-16", "2026-03-22"]
    assert (week.begin, week.end) == (datetime(2026, 3, 15, 23, tzinfo=UTC), datetime(2026, 3, 22, 23, tzinfo=UTC))


@pytest.mark.parametrize(("on", "hours"), [(PLAIN, 168), (SPRING, 167), (AUTUMN, 169)])
def test_a_week_is_as_long_as_its_clocks_make_it(on: date, hours: int) -> None:
    week = Week.of(on, BERLIN)

    assert (week.end - week.begin).total_seconds() == hours * 3600
    assert [week.share(midnight) for midnight in week.midnights] == pytest.approx([100 * n / 7 for n in range(8)])


@pytest.mark.parametrize(
    ("on", "hour", "fold", "passed", "lasting"),
    [
        (PLAIN, 12, 0, 12, 24),
        (SPRING, 1, 0, 1, 23),
        (SPRING, 3, 0, 2, 23),
        (SPRING, 12, 0, 11, 23),
        (AUTUMN, 2, 0, 2, 25),
        (AUTUMN, 2, 1, 3, 25),
        (AUTUMN, 12, 0, 13, 25),
    ],
)
def test_an_hour_stands_where_so_much_of_its_day_has_passed(
    on: date, hour: int, fold: int, passed: int, lasting: int
) -> None:
    week = Week.of(on, BERLIN)

    assert week.share(local(week, 6, hour, fold=fold) if on != PLAIN else local(week, 2, hour)) == pytest.approx(
        100 * ((2 if on == PLAIN else 6) + passed / lasting) / 7
    )


@pytest.mark.parametrize("on", [PLAIN, SPRING, AUTUMN])
def test_later_never_stands_before_earlier(on: date) -> None:
    week = Week.of(on, BERLIN)
    shares = [week.share(datetime.fromtimestamp(at, UTC)) for at in range(
        int(week.begin.timestamp()) - 7200, int(week.end.timestamp()) + 7200, 900
    )]  # fmt: skip

    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)


def test_a_time_that_spring_skips_is_none_and_one_that_autumn_repeats_is_the_first() -> None:
    def at(text: str) -> datetime | None:
        return instant_of(datetime.fromisoformat(text), BERLIN)

    assert at("2026-03-29T02:30") is None
    assert at("2026-03-29T03:00") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert at("2026-10-25T02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
