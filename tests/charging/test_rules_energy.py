"""The energy of a charge, computed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.charging.messages import Hold
from apps.charging.rules.course import RegisterReading
from apps.charging.rules.energy import Circumstances, energy_of, plausible_wh
from apps.telemetry.messages import ContextCode

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BEGIN, END, SAMPLE = ContextCode.TRANSACTION_BEGIN, ContextCode.TRANSACTION_END, ContextCode.SAMPLE_PERIODIC


def at(minute: float, wh: float, context: ContextCode = SAMPLE) -> RegisterReading:
    return RegisterReading(at=NOON + timedelta(minutes=minute), context=context, wh=wh)


registers = st.one_of(st.none(), st.integers(0, 10**7))
series = st.lists(
    st.builds(
        at,
        st.integers(0, 5),
        st.floats(-10, 10**7, allow_nan=False),
        st.sampled_from(list(ContextCode)),
    ),
    max_size=8,
)


@given(begin=registers, end=registers, readings=series)
def test_energy_is_never_negative(begin: int | None, end: int | None, readings: list[RegisterReading]) -> None:
    assert energy_of(begin, end, readings).wh >= 0


@given(begin=registers, end=registers, readings=series, data=st.data())
def test_order_and_repetition_of_readings_do_not_matter(
    begin: int | None, end: int | None, readings: list[RegisterReading], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(readings + readings[:3]))

    assert energy_of(begin, end, shuffled) == energy_of(begin, end, readings)


@given(begin=registers, end=registers, readings=series)
def test_what_is_not_held_is_the_difference_of_its_registers(
    begin: int | None, end: int | None, readings: list[RegisterReading]
) -> None:
    energy = energy_of(begin, end, readings)

    if not energy.hold:
        assert energy.begin_wh is not None
        assert energy.end_wh is not None
        assert energy.wh == energy.end_wh - energy.begin_wh


@pytest.mark.parametrize(
    ("begin", "end", "readings", "wh", "source", "hold"),
    [
        (1000, 13000, [], 12000, "registers", Hold.NONE),
        (1000, 1000, [], 0, "registers", Hold.NONE),
        (0, 12000, [], 12000, "registers", Hold.NONE),
        (1000, 900, [], 0, "none", Hold.NEGATIVE_ENERGY),
        (1000, 900, [at(0, 5, BEGIN), at(9, 2005, END)], 2000, "transaction_readings", Hold.NONE),
        (1000, 900, [at(0, 5), at(9, 2005)], 0, "none", Hold.NEGATIVE_ENERGY),
        (1000, 13000, [at(9, 13005, END)], 12005, "transaction_end", Hold.NONE),
        (1000, 13000, [at(0, 0, BEGIN), at(9, 12000, END)], 12000, "registers", Hold.NONE),
        (1234, 13456, [at(0, 1000, BEGIN), at(9, 13000, END)], 11766, "transaction_end", Hold.NONE),
        (300, 12300, [at(9, 12004, END)], 12000, "registers", Hold.NONE),
        (300, 12300, [at(9, 12304, END)], 12004, "transaction_end", Hold.NONE),
        (1000, 13000, [at(0, 0, BEGIN), at(9, 2000, END)], 12000, "registers", Hold.CONFLICT),
        (5_000_000, 5_012_000, [at(9, 12000, END)], 12000, "registers", Hold.NONE),
        (None, None, [at(0, 1000.9, BEGIN), at(9, 13000.9, END)], 12000, "transaction_readings", Hold.NONE),
        (None, None, [at(0, 1000), at(5, 3000), at(9, 4000)], 3000, "first_and_last", Hold.NONE),
        (None, None, [at(0, 1000, BEGIN), at(5, 3000), at(9, 4000)], 3000, "first_and_last", Hold.NONE),
        (None, None, [at(0, 1000, BEGIN), at(9, 900, END)], 0, "none", Hold.NEGATIVE_ENERGY),
        (None, None, [at(5, 3000)], 0, "none", Hold.END_UNKNOWN),
        (1000, None, [at(5, 3000)], 2000, "first_and_last", Hold.NONE),
        (None, None, [], 0, "none", Hold.BEGIN_UNKNOWN),
        (1000, None, [], 0, "none", Hold.END_UNKNOWN),
    ],
)
def test_known_readings_come_to_known_figures(
    begin: int | None, end: int | None, readings: list[RegisterReading], wh: int, source: str, hold: Hold
) -> None:
    energy = energy_of(begin, end, readings)

    assert (energy.wh, energy.source, energy.hold) == (wh, source, hold)


def test_q16_a_register_that_began_at_zero_by_mistake_is_held() -> None:
    readings = [at(0, 0), at(1, 53_700_000)]

    known = Circumstances(most_wh=plausible_wh(duration_s=60, max_power_w=22_000))

    assert energy_of(None, None, readings, known).hold is Hold.CONFLICT


def test_a_fast_charge_is_plausible() -> None:
    assert plausible_wh(duration_s=3600, max_power_w=350_000) == 100_000 + 350_000 * 1.2
    assert (
        energy_of(0, 95_000, [], Circumstances(most_wh=plausible_wh(duration_s=1, max_power_w=None))).hold is Hold.NONE
    )
