"""Which limit counts when: the cases of the specification, and what must hold for any profiles."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.smartcharging.messages import Charge, Limit, Step
from apps.smartcharging.rules.composite import composite
from apps.smartcharging.rules.drift import limit_in
from apps.smartcharging.rules.schedules import in_unit, limit_at
from apps.stations.messages import ProfileKind, RateUnit, RecurrencyKind, SetChargingProfile
from tests.smartcharging.conftest import DAY, DEFAULT, HOUR, MAX, NOON, TX, A, W, told, wish

CHARGE = Charge(ref="7", started_at=NOON - timedelta(hours=1))
DAILY, WEEKLY = RecurrencyKind.DAILY, RecurrencyKind.WEEKLY


def of(*installed: SetChargingProfile, evse: int = 1, unit: RateUnit = A, **options: Any) -> list[Any]:
    asked: dict[str, Any] = {"since": NOON, "duration_s": DAY, "evse": evse, "unit": unit}
    return told(composite(installed, **asked | options))


def test_without_profiles_there_is_no_limit():
    assert of() == [(0, None)]


def test_the_daily_example_of_the_specification():
    """6 kW between 08:00 and 20:00, else 11 kW (1.6 §3.13.7)."""
    daily = wish(
        (0, 11_000, 3), (8 * HOUR, 6_000, 3), (20 * HOUR, 11_000, 3), evse=0, unit=W, repeated=DAILY, duration=DAY,
        start=datetime(2013, 1, 1, tzinfo=UTC),
    )  # fmt: skip

    assert of(daily, unit=W) == [(0, 6_000), (8 * HOUR, 11_000), (20 * HOUR, 6_000)]
    assert of(daily, unit=A)[0] == (0, 8.6)  # 6,000 W on three phases of 230 V, rounded down


def test_the_highest_valid_level_prevails_and_falls_back_when_it_ends():
    low = wish((0, 32), level=0, start=NOON - timedelta(days=1))
    high = wish((0, 10), level=1, start=NOON + timedelta(hours=1), duration=HOUR)

    assert of(low, high) == [(0, 32), (HOUR, 10), (2 * HOUR, 32)]


def test_a_higher_level_without_an_end_hides_the_lower_for_ever():
    low, high = wish((0, 6), level=0), wish((0, 20), level=3)

    assert of(low, high) == [(0, 20)]


def test_validity_decides_which_level_counts():
    low = wish((0, 32))
    high = wish((0, 8), level=1, valid_from=NOON + timedelta(hours=2), valid_to=NOON + timedelta(hours=3))

    assert of(low, high) == [(0, 32), (2 * HOUR, 8), (3 * HOUR, 32)]


def test_purposes_are_combined_by_the_lowest():
    station = wish((0, 20), (HOUR, 40), evse=0, purpose=MAX)
    default = wish((0, 16), (2 * HOUR, 32))

    assert of(station, default) == [(0, 16), (2 * HOUR, 32)]
    assert of(replace(station, profile=wish((0, 10), purpose=MAX).profile), default) == [(0, 10)]


def test_a_profile_of_the_charge_overrules_the_default_even_upwards_but_not_the_station():
    station, default = wish((0, 25), evse=0, purpose=MAX), wish((0, 10))
    of_charge = wish((0, 32), (HOUR, 20), purpose=TX, transaction_ref="7", duration=2 * HOUR)

    assert of(station, default, of_charge, charge=CHARGE) == [(0, 25), (HOUR, 20), (2 * HOUR, 10)]


def test_a_profile_of_another_charge_says_nothing():
    other = wish((0, 6), purpose=TX, transaction_ref="8")

    assert of(other, charge=CHARGE) == [(0, None)]
    assert of(other) == [(0, None)]


def test_a_profile_that_waits_for_its_charge_counts_for_the_next_one():
    waiting = wish((0, 6), (HOUR, 16), purpose=TX, start=None)

    assert of(waiting) == [(0, 6), (HOUR, 16)]
    assert of(waiting, charge=CHARGE) == [(0, None)]


def test_a_relative_schedule_begins_with_the_charge():
    relative = wish((0, 32), (2 * HOUR, 10), start=None)

    assert of(relative, charge=CHARGE) == [(0, 32), (HOUR, 10)]
    assert of(relative) == [(0, 32), (2 * HOUR, 10)]


def test_a_default_of_an_evse_takes_the_place_of_the_stations_with_the_same_level_only():
    shared, mine = wish((0, 16), evse=0), wish((0, 8), evse=1, duration=HOUR)
    above = wish((0, 12), evse=0, level=1, start=NOON + timedelta(hours=2))

    assert of(shared, mine, above) == [(0, 8), (HOUR, None), (2 * HOUR, 12)]
    assert of(shared, mine, above, evse=2) == [(0, 16), (2 * HOUR, 12)]


def test_a_schedule_longer_than_its_rhythm_is_cut_off():
    """1.6 §5.16.4 with errata §3.44: what would come after the rhythm is not executed."""
    daily = wish((0, 10), (20 * HOUR, 20), (30 * HOUR, 30), repeated=DAILY)

    assert of(daily, duration_s=2 * DAY) == [(0, 10), (20 * HOUR, 20), (DAY, 10), (DAY + 20 * HOUR, 20)]


def test_a_week_begins_again_after_seven_days():
    weekly = wish((0, 10), (HOUR, 0), repeated=WEEKLY, duration=2 * HOUR, start=NOON - timedelta(weeks=3))

    assert of(weekly, duration_s=8 * DAY) == [
        (0, 10), (HOUR, 0), (2 * HOUR, None), (7 * DAY, 10), (7 * DAY + HOUR, 0), (7 * DAY + 2 * HOUR, None),
    ]  # fmt: skip


def test_a_rhythm_that_begins_later_says_nothing_until_then():
    assert of(wish((0, 10), repeated=DAILY, start=NOON + timedelta(hours=3))) == [(0, None), (3 * HOUR, 10)]


def test_the_whole_station_knows_its_own_limit_only():
    assert of(wish((0, 63), evse=0, purpose=MAX), wish((0, 16), evse=0), evse=0) == [(0, 63)]


@pytest.mark.parametrize(
    ("limit", "phases", "expected"),
    [(11_040, None, 16.0), (11_040, 3, 16.0), (3_680, 1, 16.0), (4_140, 2, 9.0), (1_000, 3, 1.4)],
)
def test_watts_become_amperes_by_the_phases_of_the_period(limit, phases, expected):
    """1.6 §7.12: three phases unless another number is given."""
    assert of(wish((0, limit, phases), unit=W))[0][1] == expected


# ---- what must hold for any profiles ----

limits = st.integers(0, 400).map(lambda tenths: tenths / 10)
phases = st.sampled_from([None, 1, 3])
offsets = st.integers(-3 * DAY, 3 * DAY)


@st.composite
def wishes(draw: Any, purpose: Any = DEFAULT, evse: int = 1) -> SetChargingProfile:
    starts = sorted({0, *draw(st.lists(st.integers(1, 2 * DAY), max_size=3))})
    kinds = [ProfileKind.ABSOLUTE, ProfileKind.RECURRING, ProfileKind.RELATIVE]
    kind = draw(st.sampled_from(kinds if purpose is not MAX else kinds[:2]))
    instants = st.none() | offsets.map(lambda s: NOON + timedelta(seconds=s))
    return wish(
        *[(start, draw(limits), draw(phases)) for start in starts],
        evse=evse,
        purpose=purpose,
        level=draw(st.integers(0, 3)),
        kind=kind,
        start=None if kind is ProfileKind.RELATIVE else NOON + timedelta(seconds=draw(offsets)),
        duration=draw(st.none() | st.integers(1, 3 * DAY)),
        repeated=draw(st.sampled_from([DAILY, WEEKLY])) if kind is ProfileKind.RECURRING else None,
        valid_from=draw(instants),
        valid_to=draw(instants),
        transaction_ref="7" if purpose is TX else None,
    )


@st.composite
def stations(draw: Any) -> list[SetChargingProfile]:
    places = [(MAX, 0), (DEFAULT, 0), (DEFAULT, 1), (TX, 1)]
    drawn = draw(st.lists(st.sampled_from(places).flatmap(lambda place: wishes(*place)), max_size=6))
    by_slot = {(one.evse, one.profile.purpose, one.profile.stack_level): one for one in drawn}
    return list(by_slot.values())


def pointwise(installed: list[SetChargingProfile], at: datetime) -> float | None:
    """The limit of one instant in amperes, told step by step as the specification tells it."""

    def says(one: SetChargingProfile) -> Limit | None:
        return limit_at(one.profile, at, charge_started_at=CHARGE.started_at)

    def highest(candidates: list[SetChargingProfile]) -> Limit | None:
        speaking = [one for one in candidates if says(one)]
        return says(max(speaking, key=lambda one: one.profile.stack_level)) if speaking else None

    own = {one.profile.stack_level for one in installed if one.evse == 1 and one.profile.purpose is DEFAULT}
    defaults = [
        one
        for one in installed
        if one.profile.purpose is DEFAULT and (one.evse == 1 or one.profile.stack_level not in own)
    ]
    of_charge = highest([one for one in installed if one.profile.purpose is TX])
    parts = [highest([one for one in installed if one.profile.purpose is MAX]), of_charge or highest(defaults)]
    return min((part.value for part in parts if part and part.value is not None), default=None)


@given(stations(), st.lists(st.integers(0, 3 * DAY - 1), min_size=1, max_size=20))
def test_the_schedule_says_at_every_instant_what_the_profiles_say(installed, seconds):
    steps = composite(installed, evse=1, since=NOON, duration_s=3 * DAY, unit=A, charge=CHARGE)

    for second in seconds:
        assert limit_in(steps, second) == pointwise(installed, NOON + timedelta(seconds=second))


@given(stations())
def test_steps_begin_at_once_and_each_changes_something(installed):
    steps = composite(installed, evse=1, since=NOON, duration_s=DAY, unit=A, charge=CHARGE)

    starts = [step.start_s for step in steps]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < DAY
    assert all((one.limit, one.phases) != (other.limit, other.phases) for one, other in pairwise(steps))


@given(stations(), wishes(MAX, 0), st.integers(0, DAY - 1))
def test_a_limit_of_the_station_never_raises_anything(installed, station, second):
    without = [one for one in installed if one.profile.purpose is not MAX]

    before, after = (
        limit_in(composite(wanted, evse=1, since=NOON, duration_s=DAY, unit=A, charge=CHARGE), second)
        for wanted in (without, [*without, station])
    )

    assert before is None or (after is not None and after <= before)


@given(wishes(), st.integers(0, DAY - 1), st.integers(1, 50))
def test_a_rhythm_says_the_same_one_rhythm_later(drawn, second, times):
    profile = drawn.profile
    schedule = replace(profile.schedules[0], start_at=NOON - timedelta(days=1))
    eternal = replace(
        profile, kind=ProfileKind.RECURRING, recurrency=WEEKLY, valid_from=None, valid_to=None, schedules=(schedule,)
    )
    at = NOON + timedelta(seconds=second)

    now, later = (limit_at(eternal, at + timedelta(weeks=w), charge_started_at=NOON) for w in (0, times))

    assert now == later


@given(limits, phases)
def test_a_limit_told_in_the_other_unit_and_back_is_the_same(value, phases):
    there = in_unit(Limit(value=value, unit=A, phases=phases), W)

    assert there.value == pytest.approx(value * 230 * (phases or 3))
    assert in_unit(there, A).value == pytest.approx(value)


@given(stations(), st.integers(0, DAY - 1))
def test_in_watts_the_order_of_limits_stays_and_nothing_is_rounded_up(installed, second):
    """All on three phases, so that both units compare alike."""
    alike = [three_phased(one) for one in installed]
    amperes, watts = (
        limit_in(composite(alike, evse=1, since=NOON, duration_s=DAY, unit=unit, charge=CHARGE), second)
        for unit in (A, W)
    )

    assert (amperes is None) == (watts is None)
    if amperes is not None and watts is not None:
        assert amperes * 690 - 0.1 <= watts <= amperes * 690 + 1e-6


def three_phased(one: SetChargingProfile) -> SetChargingProfile:
    (schedule,) = one.profile.schedules
    told_alike = tuple(replace(period, number_phases=3) for period in schedule.periods)
    return replace(one, profile=replace(one.profile, schedules=(replace(schedule, periods=told_alike),)))


def test_a_step_is_found_by_its_second():
    steps = (Step(start_s=0, limit=10), Step(start_s=60, limit=None))

    assert (limit_in(steps, 59), limit_in(steps, 60), limit_in((), 5)) == (10, None, None)
