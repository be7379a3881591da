"""Idle seconds, computed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.charging.rules.idle import FAULTED, idle_seconds
from apps.stations.messages import ChargingState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHARGING, CONNECTED, FULL = ChargingState.CHARGING, ChargingState.EV_CONNECTED, ChargingState.SUSPENDED_EV
LIMITED, GONE = ChargingState.SUSPENDED_EVSE, ChargingState.IDLE


def after(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


states = st.lists(
    st.tuples(st.integers(-30, 90).map(after), st.sampled_from([*map(str, ChargingState), FAULTED])), max_size=8
)


@given(told=states, minute=st.integers(-10, 60))
def test_idle_time_is_never_negative_nor_longer_than_the_charge(told: list[tuple[datetime, str]], minute: int) -> None:
    idle_s = idle_seconds(told, begin=NOON, end=after(minute))

    assert 0 <= idle_s <= max(0, minute * 60)


@given(told=states, data=st.data())
def test_order_and_repetition_of_states_do_not_matter(told: list[tuple[datetime, str]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(told + told[:3]))

    assert idle_seconds(shuffled, begin=NOON, end=after(60)) == idle_seconds(told, begin=NOON, end=after(60))


@given(told=states)
def test_a_station_that_limits_or_fails_to_the_end_costs_nothing(told: list[tuple[datetime, str]]) -> None:
    harmless = [(at, state) for at, state in told if state in (LIMITED, FAULTED, GONE, CHARGING)]

    assert idle_seconds(harmless, begin=NOON, end=after(60)) == 0


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ([], 0),
        ([(0, CHARGING)], 0),
        ([(0, CHARGING), (40, FULL)], 20),
        ([(0, FULL)], 60),
        ([(-10, FULL), (10, CHARGING)], 10),
        ([(0, CONNECTED), (10, CHARGING)], 0),
        ([(0, CONNECTED)], 0),
        ([(0, CHARGING), (30, CONNECTED)], 30),
        ([(0, CHARGING), (30, FULL), (40, CHARGING), (50, FULL)], 20),
        ([(0, CHARGING), (30, FULL), (40, LIMITED)], 10),
        ([(0, CHARGING), (30, FULL), (40, FAULTED)], 10),
        ([(0, CHARGING), (30, FULL), (40, GONE)], 10),
        ([(0, CHARGING), (70, FULL)], 0),
        ([(-20, FULL), (-10, CHARGING)], 0),
    ],
)
def test_known_states_come_to_known_figures(told: list[tuple[int, str]], minutes: int) -> None:
    known = [(after(minute), state) for minute, state in told]

    assert idle_seconds(known, begin=NOON, end=after(60)) == minutes * 60


def test_whole_seconds_are_counted_once_over_all_pauses() -> None:
    half = timedelta(seconds=0.5)
    told = [(NOON, FULL), (NOON + half, CHARGING), (after(1), FULL), (after(1) + half, CHARGING)]

    assert idle_seconds(told, begin=NOON, end=after(2)) == 1
