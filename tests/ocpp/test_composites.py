"""Reading back and clearing charging profiles over a real socket, and what a station said of itself."""

import json
from datetime import timedelta

import pytest

from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.smartcharging.models import ChargingProfile, CompositeSchedule
from apps.smartcharging.services import clear_profile, clear_profiles, read_composite, set_profile
from apps.stations.messages import ClearChargingProfile
from apps.stations.models import StationCommand, Variable
from apps.stations.services.commands import queue_raw
from tests.ocpp.profiles import ACCEPTED, REJECTED, composite_answer, newest_of, set_two, states, unlawful
from tests.smartcharging.conftest import HOUR, MAX, NOON, A, W, wish

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


# ---- TC_066 Get Composite Schedule ----


@VERSIONS
def test_tc_066_what_a_station_keeps_to_is_kept(plug, station, settled, version):
    raw = plug(version=version)
    command = read_composite(station, evse=1, by="olga", unit=W, duration_s=300)

    asked = raw.obey(
        "GetCompositeSchedule", composite_answer(version, (0, 11_000), (60, 7_400), unit="W", duration=300)
    )

    settled(command)
    assert (asked["duration"], asked["chargingRateUnit"]) == (300, "W")
    read = CompositeSchedule.objects.get()
    assert [(step.start_s, step.limit) for step in read.steps] == [(0, 11_000), (60, 7_400)]
    assert (read.unit, read.duration_s, read.status, read.found) == ("W", 300, "Accepted", ())
    assert unlawful(version) == []


@VERSIONS
def test_tc_066_a_station_that_rejects_the_question_says_nothing(plug, station, settled, version):
    raw = plug(version=version)
    command = read_composite(station, evse=0, by="olga")

    raw.obey("GetCompositeSchedule", REJECTED)

    settled(command)
    read = CompositeSchedule.objects.get()
    assert (read.status, read.periods, read.differences) == ("Rejected", [], [])


def test_tc_066_a_station_that_allows_more_than_was_set_is_found(plug, station, settled):
    raw = plug()
    row = set_profile(station, wish((0, 10)), by="olga")
    raw.obey("SetChargingProfile", ACCEPTED)
    settled(row.command)

    raw.obey("GetCompositeSchedule", composite_answer("1.6", (0, 10), (HOUR, 32)))

    settled(newest_of(station, "GetCompositeSchedule"))
    (difference,) = CompositeSchedule.objects.get().found
    assert (difference.start_s, difference.ours, difference.theirs) == (HOUR, 10, 32)
    assert difference.is_above


def test_tc_066_an_error_as_answer_is_kept_as_its_code(plug, station, settled):
    raw = plug()
    command = read_composite(station, evse=1, by="olga")
    message_id, _payload = raw.expect("GetCompositeSchedule")
    raw.socket.send(json.dumps([4, message_id, "NotSupported", "", {}]))

    settled(command)
    assert CompositeSchedule.objects.get().status == "NotSupported"


def test_tc_066_the_clock_of_a_station_is_not_believed(plug, station, settled):
    raw = plug()
    command = read_composite(station, evse=1, by="olga")
    raw.obey("GetCompositeSchedule", composite_answer("1.6", (0, 10), start=NOON.replace(year=1970)))

    settled(command)
    assert now() - CompositeSchedule.objects.get().start_at < timedelta(minutes=2)


# ---- TC_067 Clear Charging Profile ----


@VERSIONS
def test_tc_067_a_profile_is_cleared_by_its_number(plug, station, settled, version):
    raw = plug(version=version)
    default, station_max = set_two(raw, station, settled)
    command = clear_profile(default, by="olga")

    payload = raw.obey("ClearChargingProfile", ACCEPTED)

    settled(command)
    assert payload == {"id" if version == "1.6" else "chargingProfileId": default.profile_id}
    assert states(default, station_max) == ["cleared", "set"]
    assert raw.obey("GetCompositeSchedule", REJECTED)["duration"] == 86_400
    assert unlawful(version) == []


@VERSIONS
def test_tc_067_profiles_are_cleared_by_what_they_are_for(plug, station, settled, version):
    raw = plug(version=version)
    default, station_max = set_two(raw, station, settled)
    command = clear_profiles(station, ClearChargingProfile(purpose=MAX, stack_level=0), by="olga")

    payload = raw.obey("ClearChargingProfile", ACCEPTED)

    settled(command)
    criteria = payload if version == "1.6" else payload["chargingProfileCriteria"]
    purpose = "ChargePointMaxProfile" if version == "1.6" else "ChargingStationMaxProfile"
    assert criteria == {"chargingProfilePurpose": purpose, "stackLevel": 0}
    assert states(default, station_max) == ["set", "cleared"]


def test_tc_067_an_unknown_profile_is_gone_all_the_same(plug, station, settled):
    raw = plug()
    default, station_max = set_two(raw, station, settled)
    command = clear_profile(default, by="olga")

    raw.obey("ClearChargingProfile", {"status": "Unknown"})

    assert settled(command).status == "Unknown"
    default.refresh_from_db()
    assert (default.state, default.reason) == ("cleared", "The station knew of no such profile.")
    assert states(station_max) == ["set"]


def test_tc_067_everything_is_cleared_at_once(plug, station, settled):
    raw = plug()
    rows = set_two(raw, station, settled)
    command = clear_profiles(station, ClearChargingProfile(), by="olga")

    assert raw.obey("ClearChargingProfile", ACCEPTED) == {}

    settled(command)
    assert states(*rows) == ["cleared", "cleared"]


def test_tc_067_what_is_gone_can_not_be_cleared(plug, station, settled):
    raw = plug()
    default, _station_max = set_two(raw, station, settled)
    clear_profile(default, by="olga")
    raw.obey("ClearChargingProfile", ACCEPTED)
    settled(newest_of(station, "ClearChargingProfile"))

    with pytest.raises(UnableTo, match="not at the station any more"):
        clear_profile(ChargingProfile.objects.get(pk=default.pk), by="olga")


def test_tc_067_a_clearing_without_an_answer_leaves_us_unsure(plug, station, settled):
    raw = plug()
    default, station_max = set_two(raw, station, settled)
    command = clear_profile(default, by="olga")
    raw.expect("ClearChargingProfile")

    raw.unplug()

    settled(command)
    assert states(default, station_max) == ["unknown", "set"]


# ---- what the station has said of itself ----


def test_q72_a_unit_the_station_can_not_take_is_refused_before_it_is_sent(station):
    """Q72: it says "W" for Power."""
    Variable.objects.create(
        station=station, name="ChargingScheduleAllowedChargingRateUnit", value="W", reported_at=now()
    )

    with pytest.raises(UnableTo, match="takes limits in W only"):
        set_profile(station, wish(unit=A), by="olga")

    assert not StationCommand.objects.exists()
    assert set_profile(station, wish((0, 3_000), unit=W), by="olga").state == "wanted"


@pytest.mark.parametrize(
    ("name", "value", "asked", "words"),
    [
        ("ChargeProfileMaxStackLevel", "2", wish(level=3), "stack levels from 0 to 2"),
        ("ChargingScheduleMaxPeriods", "1", wish((0, 6), (9, 7)), "Too many periods"),
    ],
)
def test_what_a_station_said_it_is_unable_to_is_refused_in_words(station, name, value, asked, words):
    Variable.objects.create(station=station, name=name, value=value, reported_at=now())

    with pytest.raises(UnableTo, match=words):
        set_profile(station, asked, by="olga")

    assert not StationCommand.objects.exists()


def test_a_full_station_is_not_asked_to_keep_more(station):
    Variable.objects.create(station=station, name="MaxChargingProfilesInstalled", value="1", reported_at=now())
    set_profile(station, wish(), by="olga")

    with pytest.raises(UnableTo, match="Too many profiles"):
        set_profile(station, wish(level=1), by="olga")

    assert ChargingProfile.objects.count() == 1


def test_an_evse_that_is_not_there_is_refused(station):
    for ask in (
        lambda: set_profile(station, wish(evse=9), by="olga"),
        lambda: read_composite(station, evse=9, by="olga"),
        lambda: clear_profiles(station, ClearChargingProfile(evse=9), by="olga"),
    ):
        with pytest.raises(UnableTo, match="no EVSE 9"):
            ask()


def test_a_raw_clearing_makes_us_unsure_of_what_was_set(plug, station, settled):
    raw = plug()
    rows = set_two(raw, station, settled)
    command = queue_raw(station, "ClearChargingProfile", {}, by="otto")
    raw.obey("ClearChargingProfile", ACCEPTED)

    settled(command)
    assert states(*rows) == ["unknown", "unknown"]
