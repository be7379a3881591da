"""Oddities: ranges of firmware, near identities, stations that never boot, and what is in force."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuirkObservation, QuirkProfile, QuirkState, StationCommand
from apps.stations.rules.quirks import is_near, is_within, zone_offset_of
from apps.stations.services.commands import expire_commands
from apps.stations.services.introductions import ask_for_boot
from apps.stations.services.near import near_identities
from apps.stations.services.quirks import (
    accept_observation,
    amendments_of,
    observe,
    profile_of,
    set_make_override,
    set_override,
)
from apps.telemetry.services.leases import take_lease

BY = "ada@alpha.example"
MAKE = {"vendor": "Voltbach", "model": "V2"}


@pytest.fixture
def station(alpha: object, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    return make_station("CS-1", firmware_version="1.10.2", **MAKE)


# --- ranges ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "first", "last", "inside"),
    [
        ("1.10", "1.9", "2", True),
        ("1.9", "1.10", "", False),
        ("2.1.7", "", "2.1", True),
        ("2.2", "", "2.1", False),
        ("", "", "", True),
        ("v3.0-beta", "", "v3", True),
    ],
)
def test_versions_are_ordered_as_people_do(version: str, first: str, last: str, inside: bool) -> None:
    assert is_within(version, first, last) is inside


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_version_can_be_compared(version: str, first: str, last: str) -> None:
    assert is_within(version, first, last) in (True, False)
    assert is_within(version, version, version)


def test_what_counts_is_the_station_then_the_narrowest_range(station: ChargingStation) -> None:
    set_make_override(Quirk.ZONE_OFFSET, "15", by=BY, **MAKE)
    assert amendments_of(station).zone_offset_min == 15
    set_make_override(Quirk.ZONE_OFFSET, "30", by=BY, firmware_from="1.9", **MAKE)
    set_make_override(Quirk.ZONE_OFFSET, "45", by=BY, firmware_from="1.11", **MAKE)
    assert amendments_of(station).zone_offset_min == 30
    set_override(Quirk.ZONE_OFFSET, "60", profile=profile_of(station, firmware_only=True), by=BY)
    assert amendments_of(station).zone_offset_min == 60
    set_override(Quirk.ZONE_OFFSET, "0", station=station, by=BY)
    assert amendments_of(station).zone_offset_min == 0


def test_the_next_station_of_an_accepted_make_asks_nobody(
    station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    accept_observation(observe(station, Quirk.REGISTER_UNIT, value="kWh"), by=BY, scope="model")

    other = observe(make_station("CS-2", **MAKE), Quirk.REGISTER_UNIT, value="kWh")

    assert other.state == QuirkState.ACCEPTED
    assert QuirkProfile.objects.count() == 1


@pytest.mark.parametrize(("scope", "state"), [("model", QuirkState.ACCEPTED), ("firmware", QuirkState.OPEN)])
def test_what_is_accepted_of_a_make_asks_nobody_at_its_other_stations(
    station: ChargingStation, make_station: Callable[..., ChargingStation], scope: str, state: QuirkState
) -> None:
    seen = observe(station, Quirk.REGISTER_UNIT, value="kWh")
    other = observe(make_station("CS-2", firmware_version="2.0", **MAKE), Quirk.REGISTER_UNIT, value="kWh")
    stranger = observe(make_station("CS-3", vendor="Else"), Quirk.REGISTER_UNIT, value="kWh")

    accept_observation(seen, by=BY, scope=scope)

    other.refresh_from_db()
    stranger.refresh_from_db()
    assert (other.state, stranger.state) == (state, QuirkState.OPEN)


def test_a_station_without_a_make_can_only_be_accepted_alone(
    alpha: object, make_station: Callable[..., ChargingStation]
) -> None:
    seen = observe(make_station(), Quirk.REGISTER_UNIT, value="kWh")

    with pytest.raises(UnableTo, match="not told its make"):
        accept_observation(seen, by=BY, scope="model")
    accept_observation(QuirkObservation.objects.get(), by=BY, scope="station")
    assert amendments_of(seen.station).register_factor == 1000


# --- zones ----------------------------------------------------------------------------------------------------


@given(st.integers(-50, 50), st.lists(st.floats(-100, 100), min_size=5, max_size=15))
def test_q35_a_zone_is_found_whatever_the_network_adds(quarters: int, noise: list[float]) -> None:
    assert zone_offset_of([quarters * 900 + one for one in noise]) == quarters * 15


def test_q35_four_messages_are_too_few() -> None:
    assert zone_offset_of([3600.0] * 4) is None


# --- near identities (Q67) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("CS-1", "cs-1", True),
        ("CS 1", "CS-1", True),
        ("RDAM%20123", "RDAM-20-123", True),
        ("CS-12", "CS-1", True),
        ("CS-1O", "CS-10", True),
        ("CS-1", "CS-99", False),
        ("A", "B", False),
        ("", "CS-1", False),
    ],
)
def test_q67_identities_are_near_but_for_case_punctuation_or_one_character(one: str, other: str, near: bool) -> None:
    assert is_near(one, other) is near


def test_q67_a_refused_identity_is_shown_beside_the_one_it_is_like(
    station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("RDAM-123")
    make_station("CS-2")

    assert near_identities(["cs-1", "RDAM-124", "nobody", "\0"]) == {"cs-1": ["CS-1"], "RDAM-124": ["RDAM-123"]}


# --- introductions (Q46) ----------------------------------------------------------------------------------------


def connect(station: ChargingStation) -> None:
    take_lease(station.pk, gateway="gateway.test", version="1.6", address="")


def look(*, after_s: float) -> int:
    with time_machine.travel(now() + timedelta(seconds=after_s), tick=False):
        return ask_for_boot()


def test_q46_a_station_that_talks_without_ever_having_booted_is_asked_once_who_it_is(station: ChargingStation) -> None:
    connect(station)
    assert look(after_s=30) == 0
    assert look(after_s=61) == 1
    assert look(after_s=200) == 0

    command = StationCommand.objects.get()
    assert command.message is not None
    assert command.message["requested"] == "BootNotification"
    assert QuirkObservation.objects.get().kind == Quirk.NO_BOOT


def test_q46_a_question_that_never_went_out_is_asked_again(station: ChargingStation) -> None:
    connect(station)
    look(after_s=61)
    with time_machine.travel(now() + timedelta(seconds=300), tick=False):
        expire_commands()

    assert look(after_s=400) == 1


@pytest.mark.parametrize("fact", ["booted_at", "archived_at"])
def test_q46_who_has_booted_or_is_archived_is_not_asked(station: ChargingStation, fact: str) -> None:
    connect(station)
    ChargingStation.objects.filter(pk=station.pk).update(**{fact: now()})

    assert look(after_s=61) == 0


def test_q46_who_is_not_connected_is_not_asked(station: ChargingStation) -> None:
    assert look(after_s=61) == 0
