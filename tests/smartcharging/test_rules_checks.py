"""What a station could not keep is refused before it is asked; what it says of itself is read leniently."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.smartcharging.messages import Abilities, FaultKind
from apps.smartcharging.rules.abilities import abilities
from apps.smartcharging.rules.checks import faults
from apps.stations.messages import OcppVersion, ProfileKind, ProfilePurpose, RecurrencyKind, SetChargingProfile
from tests.smartcharging.conftest import DAY, DEFAULT, HOUR, MAX, NOON, TX, A, W, wish

DAILY = RecurrencyKind.DAILY
EXTERNAL = ProfilePurpose.EXTERNAL_CONSTRAINTS


def of(asked: SetChargingProfile, can: Abilities | None = None, *installed: SetChargingProfile, **options: Any) -> Any:
    found = faults(
        asked, abilities=can or Abilities(), installed=installed, at=NOON,
        has_charge=options.pop("has_charge", False), **options,
    )  # fmt: skip
    return [(fault.path, fault.kind.value, fault.bound) for fault in found]


@pytest.mark.parametrize(
    ("asked", "path", "kind"),
    [
        (wish(evse=1, purpose=MAX), "$.evse", "station_only"),
        (wish(evse=0, purpose=TX), "$.evse", "evse_only"),
        (wish(evse=1, purpose=TX), "$.purpose", "no_charge"),
        (wish(evse=0, purpose=EXTERNAL), "$.purpose", "purpose_unknown"),
        (wish(evse=0, purpose=MAX, start=None), "$.kind", "relative_station"),
        (wish(kind=ProfileKind.DYNAMIC, start=None), "$.kind", "kind_unknown"),
        (wish(kind=ProfileKind.ABSOLUTE, start=None), "$.start_at", "start_needed"),
        (wish(kind=ProfileKind.RECURRING, start=None, repeated=DAILY), "$.start_at", "start_needed"),
        (wish(kind=ProfileKind.RELATIVE), "$.start_at", "start_unwanted"),
        (wish(kind=ProfileKind.RECURRING), "$.recurrency", "recurrency_needed"),
        (wish(kind=ProfileKind.ABSOLUTE, repeated=DAILY), "$.recurrency", "recurrency_unwanted"),
        (wish(level=-1), "$.stack_level", "stack_level"),
        (wish((1, 16)), "$.periods[0].start_s", "first_period"),
        (wish((0, 16), (HOUR, 8), (HOUR, 9)), "$.periods[2].start_s", "period_order"),
        (wish((0, -1)), "$.periods[0].limit", "limit_step"),
        (wish((0, 8.15)), "$.periods[0].limit", "limit_step"),
        (wish((0, 16, 0)), "$.periods[0].phases", "phases"),
        (wish((0, 16, 4)), "$.periods[0].phases", "phases"),
        (wish(duration=0), "$.duration_s", "duration"),
        (wish(valid_from=NOON + timedelta(hours=1), valid_to=NOON + timedelta(hours=1)), "$.valid_to", "validity"),
        (wish(valid_to=NOON), "$.valid_to", "over"),
        (wish(start=NOON.replace(year=9999)), "$.start_at", "far_away"),
        (wish(valid_from=NOON.replace(year=1970)), "$.valid_from", "far_away"),
    ],
)
def test_what_the_specification_forbids_is_refused_at_its_place(asked, path, kind):
    assert of(asked) == [(path, kind, "")]


def test_periods_that_would_never_be_reached_are_refused():
    assert of(wish((0, 16), (HOUR, 8), duration=HOUR)) == [("$.periods[1].start_s", "period_too_late", "3600")]
    assert of(wish((0, 16), (DAY, 8), repeated=DAILY)) == [("$.periods[1].start_s", "period_too_late", "86400")]


def test_a_schedule_needs_a_period():
    asked = wish()
    empty = replace(asked.profile.schedules[0], periods=())

    assert of(replace(asked, profile=replace(asked.profile, schedules=(empty,)))) == [("$.periods", "no_periods", "")]


@pytest.mark.parametrize(
    "asked",
    [
        wish(evse=0, purpose=MAX),
        wish(evse=0),
        wish((0, 8.1), (HOUR, 0), start=None),
        wish((0, 16, 1), (HOUR, 16, 3), repeated=DAILY, duration=DAY),
        wish(valid_from=NOON - timedelta(days=1), valid_to=NOON + timedelta(seconds=1)),
    ],
)
def test_what_it_allows_is_not_refused(asked):
    assert of(asked) == []


def test_a_profile_for_one_charge_needs_just_that():
    assert of(wish(purpose=TX, start=None), has_charge=True) == []


def test_what_the_station_said_of_itself_is_kept():
    small = Abilities(units=frozenset({A}), max_stack_level=2, max_periods=1, max_profiles=1, switches_phases=False)
    other = wish(evse=2)

    assert of(wish(level=3), small) == [("$.stack_level", "stack_level", "2")]
    assert of(wish(unit=W), small) == [("$.unit", "unit", "A")]
    assert of(wish((0, 6), (1, 7)), small) == [("$.periods", "too_many_periods", "1")]
    assert of(wish(), small, other) == [("$", "too_many_profiles", "1")]
    assert of(wish((0, 6, 1), (1, 7, 3)), replace(small, max_periods=2)) == [("$.periods", "phase_switch", "")]


def test_what_is_replaced_takes_no_place():
    assert of(wish((0, 6)), Abilities(max_profiles=1), wish((0, 16))) == []


def test_only_2_x_refuses_one_level_for_all_evses_and_for_one():
    """K01.FR.52, K01.FR.53; in 1.6 the one of the EVSE takes the other's place there (§3.13.1)."""
    shared = wish(evse=0)

    assert of(wish(evse=1), None, shared, version=OcppVersion.V16) == []
    assert of(wish(evse=1), None, shared, version=OcppVersion.V201) == [("$.stack_level", "level_taken", "")]
    assert of(wish(evse=0), None, wish(evse=1), version=OcppVersion.V21) == [("$.stack_level", "level_taken", "")]
    assert of(wish(evse=1, level=1), None, shared, version=OcppVersion.V21) == []
    assert of(wish(evse=1), None, wish(evse=0, purpose=MAX), version=OcppVersion.V21) == []


@given(st.integers(0, 100_000))
def test_every_tenth_is_a_limit_however_it_is_written_in_binary(tenths):
    assert of(wish((0, tenths / 10))) == []


# ---- what the station says of itself ----

ALLOWED = "ChargingScheduleAllowedChargingRateUnit"


@pytest.mark.parametrize(
    ("said", "units"),
    [
        ("Current", {A}),
        ("Current,Power", {A, W}),
        ("Power", {W}),
        ("W", {W}),
        ("A", {A}),
        ("A,W", {A, W}),
        ('"Current"', {A}),
        (" current ; power ", {A, W}),
        ("Amp", {A}),
        ("", {A, W}),
        ("?", {A, W}),
    ],
)
def test_q72_units_are_read_however_they_are_said(said, units):
    """Q72: "W" where the specification says "Power"."""
    assert abilities({("", ALLOWED): said}).units == units


def test_numbers_are_read_quoted_and_what_is_none_forbids_nothing():
    told = {
        ("", "ChargeProfileMaxStackLevel"): '"5"',
        ("", "ChargingScheduleMaxPeriods"): "24.0",
        ("", "MaxChargingProfilesInstalled"): "-1",
    }

    assert abilities(told) == Abilities(max_stack_level=5, max_periods=24)


def test_a_station_without_room_for_anything_is_not_believed():
    told = {("", "ChargingScheduleMaxPeriods"): "0", ("", "MaxChargingProfilesInstalled"): "0"}

    assert abilities(told) == Abilities()
    assert abilities({("", "ChargeProfileMaxStackLevel"): "0"}).max_stack_level == 0


def test_2_x_says_the_same_in_its_device_model():
    told = {
        ("SmartChargingCtrlr", "ProfileStackLevel"): "3",
        ("SmartChargingCtrlr", "RateUnit"): "A",
        ("SmartChargingCtrlr", "PeriodsPerSchedule"): "10",
        ("SmartChargingCtrlr", "Phases3to1"): "false",
    }

    assert abilities(told) == Abilities(units=frozenset({A}), max_stack_level=3, max_periods=10, switches_phases=False)


@given(st.dictionaries(st.sampled_from([("", ALLOWED), ("", "ChargingScheduleMaxPeriods")]), st.text()))
def test_whatever_a_station_says_can_be_read(told):
    assert abilities(told).units


def test_every_fault_has_words():
    from apps.smartcharging.services.wording import WORDS

    assert set(WORDS) == set(FaultKind)
    assert DEFAULT.value == "TxDefaultProfile"
