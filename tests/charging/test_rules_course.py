"""The way of an energy register: slips, new beginnings, roll-overs and wrong units."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.charging.messages import Hold
from apps.charging.rules.course import RegisterReading, course_of, unit_factor
from apps.charging.rules.energy import Circumstances, Energy, energy_of
from apps.stations.messages import RegisterMode
from apps.telemetry.messages import ContextCode

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SAMPLE, CLOCK, END = ContextCode.SAMPLE_PERIODIC, ContextCode.SAMPLE_CLOCK, ContextCode.TRANSACTION_END


def row(*registers: float, power_w: float | None = None, every_s: int = 60) -> list[RegisterReading]:
    """Readings a minute apart."""
    return [
        RegisterReading(at=NOON + timedelta(seconds=every_s * place), context=SAMPLE, wh=wh, power_w=power_w)
        for place, wh in enumerate(registers)
    ]


def charged(*registers: float, begin: int | None = None, end: int | None = None, **known: object) -> Energy:
    facts = {"started_at": NOON, "max_power_w": 22_000} | known
    return energy_of(begin, end, row(*registers), Circumstances(**facts))  # type: ignore[arg-type]


def test_q16_a_register_that_drops_to_zero_once_counts_on() -> None:
    found = charged(5000, 5300, 0, 5600, 5900)

    assert (found.wh, found.source, found.hold) == (900, "first_and_last", Hold.NONE)


def test_q16_a_zero_at_the_very_end_is_no_end() -> None:
    assert charged(5000, 5300, 5600, 0).wh == 600


def test_q16_a_zero_at_the_very_beginning_is_no_begin() -> None:
    found = charged(0, 53_700_000, 53_700_300, 53_700_600)

    assert (found.wh, found.hold) == (600, Hold.NONE)


def test_q16_a_new_base_is_believed_after_three_readings_that_agree_and_is_held() -> None:
    two, three = charged(5000, 5300, 0, 200), charged(5000, 5300, 0, 200, 400)

    assert (two.wh, two.hold) == (300, Hold.NONE)
    assert (three.wh, three.source, three.hold) == (700, "pieces", Hold.REGISTER_RESET)


def test_q16_after_a_boot_the_first_reading_of_a_new_base_is_believed() -> None:
    booted = charged(5000, 5300, 0, 200, boots=(NOON + timedelta(seconds=90),))

    assert (booted.wh, booted.hold) == (500, Hold.REGISTER_RESET)


def test_q16_a_leap_that_the_power_can_not_explain_is_left_out() -> None:
    assert charged(5000, 5300, 9_000_000, 5600).wh == 600


def test_q16_a_leap_at_the_end_that_nobody_can_check_is_held() -> None:
    found = charged(5000, 5300, 9_000_000)

    assert (found.wh, found.hold) == (300, Hold.CONFLICT)


def test_q16_a_start_at_zero_before_readings_far_above_is_held() -> None:
    found = charged(48_000, 48_300, 48_600, begin=0, end=48_600)

    assert (found.wh, found.hold) == (48_600, Hold.CONFLICT)


def test_q14_a_start_at_zero_with_readings_that_count_on_is_billed_from_start_and_stop() -> None:
    found = charged(48_000, 48_300, 48_600, begin=0, end=600)

    assert (found.wh, found.source, found.hold) == (600, "registers", Hold.NONE)


def test_q14_without_a_begin_an_accepted_session_register_began_at_zero() -> None:
    told = charged(end=7000, register_mode=RegisterMode.SESSION)
    untold = charged(end=7000)

    assert (told.wh, told.hold) == (7000, Hold.NONE)
    assert untold.hold is Hold.BEGIN_UNKNOWN


def test_q13_a_register_that_rolled_over_is_held_with_what_it_seems_to_have_counted() -> None:
    found = charged(begin=999_999_000, end=4000)

    assert (found.wh, found.source, found.hold) == (5000, "roll_over", Hold.ROLL_OVER)


def test_q13_a_register_far_from_its_end_has_not_rolled_over() -> None:
    found = charged(begin=500_000_000, end=4000)

    assert (found.wh, found.hold) == (0, Hold.NEGATIVE_ENERGY)


@pytest.mark.parametrize(
    ("registers", "power_w", "factor"),
    [
        ((361.0, 361.16, 361.32, 361.47, 361.63), 9400, 1000.0),
        ((361, 361, 361, 361, 361, 361, 362), 9400, 1000.0),
        ((0, 156_000, 312_000, 468_000), 9400, 0.001),
        ((0, 157, 313, 470), 9400, None),
        ((361.0, 361.16, 361.32), 9400, None),
        ((361, 361, 361, 361), 9400, None),
        ((0, 0, 0, 0, 1), 5, None),
        ((0, 157, 313, 470), None, None),
        ((0, 30, 60, 90, 120), 9400, None),
    ],
)
def test_q25_a_unit_is_suspect_when_three_steps_are_off_by_about_a_thousand(
    registers: tuple[float, ...], power_w: float | None, factor: float | None
) -> None:
    assert unit_factor(row(*registers, power_w=power_w)) == factor


def test_q25_a_charge_with_suspect_units_is_held_with_what_the_power_suggests() -> None:
    readings = row(361, 361.16, 361.32, 361.47, 362, power_w=9400)

    found = energy_of(361, 362, readings, Circumstances(started_at=NOON))

    assert (found.wh, found.hold, found.unit_factor) == (1, Hold.UNIT_SUSPECT, 1000.0)


def test_q31_an_end_reading_alone_that_contradicts_the_stop_is_held() -> None:
    end = RegisterReading(at=NOON + timedelta(hours=1), context=END, wh=20_000)

    assert energy_of(1000, 13_000, [end]).hold is Hold.CONFLICT


@given(st.lists(st.integers(0, 10**6), max_size=6), st.lists(st.integers(0, 10**9), max_size=6))
def test_q33_clock_aligned_readings_decide_nothing(registers: list[int], aligned: list[int]) -> None:
    """Their time is the begin of their interval (S16 §3.16.2), so they belong to no instant of the charge."""
    at_quarters = [
        RegisterReading(at=NOON + timedelta(minutes=15 * place), context=CLOCK, wh=wh)
        for place, wh in enumerate(aligned)
    ]

    assert energy_of(None, None, [*row(*registers), *at_quarters]) == energy_of(None, None, row(*registers))


@given(st.lists(st.floats(0, 10**7, allow_nan=False), max_size=12), st.lists(st.integers(0, 700), max_size=3))
def test_pieces_never_overlap_and_never_run_backwards(registers: list[float], boots_s: list[int]) -> None:
    boots = [NOON + timedelta(seconds=second) for second in boots_s]
    pieces = course_of(row(*registers), max_power_w=22_000, boots=boots).pieces

    assert all(piece.first.at <= piece.last.at and piece.wh >= 0 for piece in pieces)
    assert all(before.last.at < after.first.at for before, after in pairwise(pieces))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30))
def test_a_register_that_only_rises_slowly_is_one_piece(steps: list[int]) -> None:
    registers = [sum(steps[: place + 1]) for place in range(len(steps))]
    course = course_of(row(*registers), max_power_w=22_000)

    assert len(course.pieces) == 1
    assert not course.left_over
    assert course.pieces[0].wh == registers[-1] - registers[0]
