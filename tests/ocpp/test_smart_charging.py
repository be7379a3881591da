"""Charging profiles over a real socket, under the titles of the certification."""

from datetime import timedelta

import pytest

from apps.charging.models import Transaction
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.models import IdToken
from apps.smartcharging.models import ChargingProfile, CompositeSchedule
from apps.smartcharging.services import set_profile, start_with_profile
from apps.smartcharging.services.charges import forget_profiles
from apps.stations.models import StationCommand
from tests.ocpp.profiles import ACCEPTED, REJECTED, composite_answer, newest_of, schedule_of, unlawful
from tests.smartcharging.conftest import HOUR, TX, wish

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
CARD = "04A2B3C4"


@pytest.fixture
def charge(station):
    """CS-1 charges; 1.6 knows the charge by our number."""
    return begin(station, ocpp_id="7001")


def begin(station, **facts):
    at = now() - timedelta(minutes=10)
    told = {"start_key": "s", "started_at": at, "started_received_at": at, "token_value": CARD}
    return Transaction.objects.create(station=station, evse=station.evses.get(), **told | facts)


# ---- TC_056 Central Smart Charging - TxDefaultProfile ----


@VERSIONS
def test_tc_056_a_default_is_set_read_back_and_known(plug, station, settled, version):
    raw = plug(version=version)
    row = set_profile(station, wish((0, 16), (HOUR, 8.1, 1)), by="olga")
    assert (row.state, row.command.state) == ("wanted", "queued")

    payload = raw.obey("SetChargingProfile", ACCEPTED)

    settled(row.command)
    profile, schedule = schedule_of(version, payload)
    assert payload["connectorId" if version == "1.6" else "evseId"] == 1
    assert (profile["chargingProfilePurpose"], profile["stackLevel"]) == ("TxDefaultProfile", 0)
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16},
        {"startPeriod": HOUR, "limit": 8.1, "numberPhases": 1},
    ]
    row.refresh_from_db()
    assert (row.state, row.reason, row.by) == ("set", "", "olga")
    asked = raw.obey("GetCompositeSchedule", composite_answer(version, (0, 8.1)))
    assert (asked["duration"], asked["chargingRateUnit"]) == (86_400, "A")
    settled(newest_of(station, "GetCompositeSchedule"))
    read = CompositeSchedule.objects.get()
    assert (read.evse, read.status, read.unit) == (1, "Accepted", "A")
    assert (read.periods, read.differences) == ([{"start_s": 0, "limit": 8.1, "phases": None}], [])
    assert unlawful(version) == []


@pytest.mark.parametrize(
    ("version", "word"), [("1.6", "Rejected"), ("1.6", "NotSupported"), ("2.0.1", "Rejected"), ("2.1", "Rejected")]
)
def test_tc_056_a_default_that_the_station_refuses_is_not_known(plug, station, settled, version, word):
    raw = plug(version=version)
    row = set_profile(station, wish(), by="olga")

    raw.obey("SetChargingProfile", {"status": word})

    settled(row.command)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("rejected", word)
    assert raw.hears_nothing(0.3)


def test_tc_056_a_default_for_all_connectors_is_read_back_at_each(plug, station, settled, make_station):
    station.evses.create(number=2)
    raw = plug()
    row = set_profile(station, wish(evse=0), by="olga")
    assert raw.obey("SetChargingProfile", ACCEPTED)["connectorId"] == 0
    settled(row.command)

    asked = [raw.obey("GetCompositeSchedule", composite_answer("1.6", (0, 16)))["connectorId"] for _ in range(2)]

    assert asked == [1, 2]


def test_tc_056_a_default_that_takes_a_place_leaves_one_behind(plug, station, settled):
    raw = plug()
    first = set_profile(station, wish((0, 16)), by="olga")
    raw.obey("SetChargingProfile", ACCEPTED)
    settled(first.command)
    second = set_profile(station, wish((0, 10)), by="otto")
    raw.obey("GetCompositeSchedule", composite_answer("1.6", (0, 16)))

    payload = raw.obey("SetChargingProfile", ACCEPTED)

    settled(second.command)
    first.refresh_from_db()
    second.refresh_from_db()
    assert payload["csChargingProfiles"]["chargingProfileId"] == first.profile_id == second.profile_id
    assert (first.state, first.reason) == ("cleared", "Another profile has taken its place.")
    assert second.state == "set"


# ---- TC_057 Central Smart Charging - TxProfile ----


@VERSIONS
def test_tc_057_a_profile_of_a_charge_names_it_and_ends_with_it(plug, station, charge, settled, run_outbox, version):
    raw = plug(version=version)
    row = set_profile(station, wish((0, 6), purpose=TX, start=None), by="olga")

    payload = raw.obey("SetChargingProfile", ACCEPTED)

    settled(row.command)
    profile, schedule = schedule_of(version, payload)
    assert profile["chargingProfilePurpose"] == "TxProfile"
    assert profile["transactionId"] == (7001 if version == "1.6" else "7001")
    assert (profile["chargingProfileKind"], "startSchedule" in schedule) == ("Relative", False)
    assert raw.obey("GetCompositeSchedule", composite_answer(version, (0, 6)))
    row.refresh_from_db()
    assert (row.state, row.transaction) == ("set", charge)
    forget_profiles(charge.pk)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cleared", "The charge has ended.")
    assert unlawful(version) == []


def test_tc_057_without_a_charge_nothing_is_sent(plug, station):
    raw = plug()

    with pytest.raises(UnableTo, match="Nobody charges at this EVSE") as refused:
        set_profile(station, wish(purpose=TX, start=None), by="olga")

    assert [error.path for error in refused.value.errors] == ["$.purpose"]
    assert raw.hears_nothing(0.3)
    assert not ChargingProfile.objects.exists()


def test_tc_057_a_charge_ends_and_its_profile_with_it(plug, station, settled, run_outbox):
    raw = plug()
    IdToken.objects.create(value=CARD)
    at = now() - timedelta(minutes=5)
    start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": at.isoformat()}
    number = raw.call("StartTransaction", start)["transactionId"]
    run_outbox()
    row = set_profile(station, wish((0, 6), purpose=TX, start=None), by="olga")
    assert raw.obey("SetChargingProfile", ACCEPTED)["csChargingProfiles"]["transactionId"] == number
    settled(row.command)

    raw.call("StopTransaction", {"transactionId": number, "meterStop": 9, "timestamp": now().isoformat()})
    run_outbox()

    row.refresh_from_db()
    assert (row.state, row.transaction_id) == ("cleared", number)


# ---- TC_059 Remote Start Transaction with Charging Profile ----


@VERSIONS
def test_tc_059_a_remote_start_brings_its_profile_along(plug, station, settled, version):
    token = IdToken.objects.create(value=CARD)
    raw = plug(version=version)
    asked = wish((0, 6), (600, 16), purpose=TX, start=None)
    row = start_with_profile(station, asked, token=token, by="olga")

    action = "RemoteStartTransaction" if version == "1.6" else "RequestStartTransaction"
    payload = raw.obey(action, ACCEPTED)

    settled(row.command)
    row.refresh_from_db()
    assert payload["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in payload["chargingProfile"]
    assert (row.state, row.transaction) == ("set", None)
    assert unlawful(version) == []


def test_tc_059_the_charge_that_follows_takes_the_profile_over(plug, station, settled, run_outbox):
    token = IdToken.objects.create(value=CARD)
    raw = plug()
    row = start_with_profile(station, wish(purpose=TX, start=None), token=token, by="olga")
    raw.obey("RemoteStartTransaction", ACCEPTED)
    settled(row.command)

    start = {"connectorId": 1, "idTag": CARD, "meterStart": 0, "timestamp": now().isoformat()}
    number = raw.call("StartTransaction", start)["transactionId"]
    run_outbox()

    row.refresh_from_db()
    assert (row.state, row.transaction_id) == ("set", number)
    assert raw.obey("GetCompositeSchedule", composite_answer("1.6", (0, 16)))["connectorId"] == 1


def test_tc_059_a_charge_of_somebody_else_does_not_get_it(plug, station, settled, run_outbox):
    token = IdToken.objects.create(value=CARD)
    IdToken.objects.create(value="0BADCAFE")
    raw = plug()
    row = start_with_profile(station, wish(purpose=TX, start=None), token=token, by="olga")
    raw.obey("RemoteStartTransaction", ACCEPTED)
    settled(row.command)

    raw.call("StartTransaction", {"connectorId": 1, "idTag": "0BADCAFE", "meterStart": 0, "timestamp": str(now())})
    run_outbox()

    row.refresh_from_db()
    assert (row.state, row.transaction) == ("cleared", None)


def test_tc_059_a_start_that_is_refused_leaves_no_profile(plug, station, settled):
    token = IdToken.objects.create(value=CARD)
    raw = plug()
    row = start_with_profile(station, wish(purpose=TX, start=None), token=token, by="olga")

    raw.obey("RemoteStartTransaction", REJECTED)

    settled(row.command)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("rejected", "Rejected")


def test_tc_059_only_a_profile_of_a_charge_starts_one(station):
    token = IdToken.objects.create(value=CARD)

    with pytest.raises(UnableTo, match="Only a profile for one charge"):
        start_with_profile(station, wish(), token=token, by="olga")

    assert not StationCommand.objects.exists()
