"""What a station says it keeps to, beside what we know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.smartcharging.messages import Difference, Step
from apps.smartcharging.rules.drift import differences, steps_of
from tests.smartcharging.conftest import DAY, HOUR, A, W, periods, told


def steps(*said):
    return tuple(Step(start_s=start, limit=limit) for start, limit in said)


def found(ours, theirs, *, duration=DAY, unit=A):
    return [
        (one.start_s, one.duration_s, one.ours, one.theirs)
        for one in differences(ours, theirs, duration_s=duration, unit=unit)
    ]


def test_a_station_that_says_the_same_in_other_steps_agrees():
    assert found(steps((0, 16), (HOUR, 10)), steps((0, 16), (600, 16), (HOUR, 10))) == []


def test_a_station_that_allows_more_is_above():
    (difference,) = differences(steps((0, 16), (HOUR, 10)), steps((0, 32)), duration_s=2 * HOUR, unit=A)[1:]

    assert difference == Difference(start_s=HOUR, duration_s=HOUR, ours=10, theirs=32)
    assert difference.is_above


def test_a_station_that_allows_less_may_have_a_limit_of_its_own():
    (difference,) = differences(steps((0, 16)), steps((0, 10)), duration_s=HOUR, unit=A)

    assert (difference.is_above, difference.duration_s) == (False, HOUR)


def test_a_station_that_tells_no_limit_where_there_is_one_is_above():
    (difference,) = differences(steps((0, 16)), steps((0, None)), duration_s=HOUR, unit=A)

    assert (difference.is_above, difference.theirs) == (True, None)


def test_where_we_know_of_no_limit_the_stations_own_is_none_of_ours():
    assert found(steps((0, None), (HOUR, 16)), steps((0, 32), (HOUR, 16))) == []


@pytest.mark.parametrize(("unit", "ours", "theirs"), [(A, 8.1, 8), (A, 8.5, 9), (W, 11_000, 11_040), (W, 4_000, 3_680)])
def test_stations_may_round(unit, ours, theirs):
    assert found(steps((0, ours)), steps((0, theirs)), unit=unit) == []


def test_on_one_phase_less_may_be_rounded():
    ours = (Step(start_s=0, limit=3_680, phases=1),)

    assert found(ours, steps((0, 3_600)), unit=W) == []
    assert found(ours, steps((0, 3_910)), unit=W) == [(0, DAY, 3_680, 3_910)]


def test_a_clock_that_is_some_seconds_off_is_no_difference():
    assert found(steps((0, 16), (HOUR, 10)), steps((0, 16), (HOUR + 20, 10))) == []


def test_a_station_that_said_nothing_differs_in_nothing():
    assert found(steps((0, 16)), ()) == []


def test_neighbours_that_differ_alike_are_one():
    assert found(steps((0, 16)), steps((0, 32), (600, 32), (1200, 20)), duration=HOUR) == [
        (0, 1200, 16, 32),
        (1200, 2400, 16, 20),
    ]


def test_an_answer_in_watts_is_compared_in_amperes_and_sorted():
    answer = periods((HOUR, 3_680, 1), (0, 11_040))

    assert told(steps_of(answer, told_in=W, unit=A)) == [(0, 16.0), (HOUR, 16.0)]


@given(st.lists(st.tuples(st.integers(0, DAY), st.none() | st.integers(0, 63)), max_size=6))
def test_everything_agrees_with_itself(said):
    same = steps(*sorted({0: None, **dict(said)}.items()))

    assert all(limit is None or not found(same, same) for _start, limit in said)


@given(st.integers(6, 63), st.integers(1, 20))
def test_a_limit_that_is_not_kept_is_found_wherever_it_is(limit, hours):
    theirs = steps((0, limit), (hours * HOUR, limit + 2))

    assert found(steps((0, limit)), theirs) == [(hours * HOUR, DAY - hours * HOUR, limit, limit + 2)]
