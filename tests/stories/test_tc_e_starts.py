"""Certification titles of 2.0.1, block E: how charges begin, over a real socket, in both versions of OCPP 2.

Each is tried with what must happen and with what must not.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.charging.models import HoldReason, Transaction
from apps.stations.models import ChargingStation
from tests.plugged import RawStation
from tests.stories.certifying import unlawful_frames
from tests.stories.conftest import CARD
from tests.stories.tellers import BEGIN_WH, STRANGER, Teller, billed, the_charge, token


@pytest.fixture(params=["2.0.1", "2.1"])
def teller(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Teller]:
    made = Teller(plug(request.param))
    made.boot()
    made.status("Available")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


def is_accepted(answer: dict[str, Any]) -> bool:
    return bool(answer["idTokenInfo"]["status"] == "Accepted")


# Where a station lets a charge begin (TxStartPoint), and how it tells: trigger and state.
STARTING_POINTS = {
    "e_01_power_path_closed": ("ChargingStateChanged", "EVConnected"),
    "e_02_energy_transfer": ("ChargingStateChanged", "Charging"),
    "e_11_data_signed": ("SignedDataReceived", "EVConnected"),
}


def begin_as(teller: Teller, name: str) -> dict[str, Any]:
    trigger, state = STARTING_POINTS[name]
    teller.status("Occupied")
    assert teller.authorize()["status"] == "Accepted"
    return teller.starts(trigger, state)


def is_charged_once(teller: Teller, run_outbox: Callable[[], None]) -> None:
    """What holds of every charge that goes on and ends as it should."""
    teller.goes_on()
    assert the_charge().is_open
    teller.ends()
    assert (the_charge().energy_wh, the_charge().hold_reason) == (2500, "")
    assert billed(run_outbox) == (1, 1)
    assert teller.is_left_alone()


def test_tc_e_01_a_charge_that_begins_with_the_power_path(teller, run_outbox):
    assert is_accepted(begin_as(teller, "e_01_power_path_closed"))

    assert (the_charge().meter_start_wh, the_charge().evse.number) == (BEGIN_WH, 1)
    is_charged_once(teller, run_outbox)


def test_tc_e_02_a_charge_that_begins_when_energy_flows(teller, run_outbox):
    assert is_accepted(begin_as(teller, "e_02_energy_transfer"))

    assert the_charge().charging_state == "Charging"
    is_charged_once(teller, run_outbox)


@pytest.mark.parametrize("name", ["e_01_power_path_closed", "e_02_energy_transfer"])
def test_tc_e_01_02_before_the_starting_point_there_is_no_charge(teller, name):
    teller.status("Occupied")
    assert teller.authorize()["status"] == "Accepted"
    assert not Transaction.objects.exists(), "whoever is authorised does not charge yet"

    begin_as(teller, name)
    assert Transaction.objects.count() == 1


def test_tc_e_11_a_charge_that_begins_with_signed_data(teller, run_outbox):
    assert is_accepted(begin_as(teller, "e_11_data_signed"))

    is_charged_once(teller, run_outbox)


def test_tc_e_03_the_cable_first_and_then_the_card(teller, run_outbox):
    teller.status("Occupied")
    assert "idTokenInfo" not in teller.starts("CablePluggedIn", idToken=None), "nobody has shown a card"
    assert (the_charge().token_value, the_charge().driver) == ("", None)

    assert teller.authorize()["status"] == "Accepted"
    assert is_accepted(teller.goes_on("Authorized", "EVConnected", idToken=token(CARD)))

    assert the_charge().driver.name == "Erika Mustermann"
    is_charged_once(teller, run_outbox)


def test_tc_e_03_a_cable_without_a_card_is_nobodys_bill(teller, run_outbox):
    teller.status("Occupied")
    teller.starts("CablePluggedIn", idToken=None)
    teller.ends("EVCommunicationLost", "EVDisconnected", "Idle", meterValue=teller.reads(BEGIN_WH, "Transaction.End"))

    assert the_charge().hold_reason == HoldReason.UNAUTHORIZED
    assert billed(run_outbox) == (0, 0)


def test_tc_e_04_the_card_first_and_then_the_cable(teller, run_outbox):
    assert teller.authorize()["status"] == "Accepted"
    assert is_accepted(teller.starts("Authorized", "Idle", evse=None, meterValue=None))
    assert the_charge().evse is None, "where it is going to be plugged in nobody knows"
    teller.status("Occupied")
    begun = teller.reads(BEGIN_WH, "Transaction.Begin")
    assert teller.goes_on("CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1}, meterValue=begun) == {}

    assert (the_charge().evse.number, the_charge().connector_number) == (1, 1)
    is_charged_once(teller, run_outbox)


def test_tc_e_04_the_cable_of_another_evse_does_not_get_the_charge(teller, depot):
    teller.starts("Authorized", "Idle", evse=None, meterValue=None)
    teller.goes_on("CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1})
    teller.goes_on("ChargingStateChanged", "Charging", evse={"id": 7, "connectorId": 1})

    assert the_charge().evse.number == 1


def test_tc_e_09_a_charge_that_begins_with_the_cable(teller, run_outbox):
    teller.status("Occupied")
    assert "idTokenInfo" not in teller.starts("CablePluggedIn", idToken=None)
    assert is_accepted(teller.goes_on("Authorized", "EVConnected", idToken=token(CARD)))

    is_charged_once(teller, run_outbox)


def test_tc_e_09_a_stranger_who_has_plugged_in_is_told_so_and_gets_no_bill(teller, run_outbox):
    teller.starts("CablePluggedIn", idToken=None)
    answer = teller.goes_on("Authorized", "EVConnected", idToken=token(STRANGER))
    assert answer["idTokenInfo"]["status"] == "Invalid"
    teller.ends("Deauthorized", "DeAuthorized")

    assert billed(run_outbox) == (0, 0)


def test_tc_e_10_a_charge_that_begins_with_the_card(teller, run_outbox):
    assert teller.authorize()["status"] == "Accepted"
    assert is_accepted(teller.starts("Authorized", "Idle"))
    teller.status("Occupied")
    teller.goes_on("CablePluggedIn", "EVConnected")

    is_charged_once(teller, run_outbox)


def test_tc_e_10_a_card_that_nobody_knows_is_invalid_and_the_event_is_kept(teller, run_outbox):
    assert teller.authorize(STRANGER)["status"] != "Accepted"
    assert not is_accepted(teller.starts("Authorized", "Idle", idToken=token(STRANGER)))

    assert the_charge().hold_reason == HoldReason.UNAUTHORIZED
    assert billed(run_outbox) == (0, 0)


def test_tc_e_12_a_charge_that_begins_with_the_car_on_the_bay(teller, run_outbox):
    assert "idTokenInfo" not in teller.starts("EVDetected", "Idle", idToken=None)
    teller.status("Occupied")
    teller.goes_on("CablePluggedIn", "EVConnected")
    assert is_accepted(teller.goes_on("Authorized", "EVConnected", idToken=token(CARD)))

    is_charged_once(teller, run_outbox)


def test_tc_e_12_a_car_that_only_parks_pays_nothing(teller, run_outbox):
    teller.starts("EVDetected", "Idle", idToken=None)
    teller.ends("EVDeparted", "Local", "Idle", meterValue=teller.reads(BEGIN_WH, "Transaction.End"))

    assert billed(run_outbox) == (0, 0)


def test_tc_e_38_a_car_that_is_not_ready_waits_and_is_charged_when_it_is(teller, run_outbox):
    teller.status("Occupied")
    teller.starts("Authorized", "EVConnected")
    teller.goes_on("ChargingStateChanged", "SuspendedEV")

    assert (the_charge().is_open, the_charge().charging_state) == (True, "SuspendedEV")
    assert teller.is_left_alone(), "nobody stops it for that"
    is_charged_once(teller, run_outbox)


def test_tc_e_53_each_charge_may_count_from_nought(teller, run_outbox):
    for ref in ("tx-1", "tx-2"):
        teller.ref, teller.seq_no = ref, 0
        teller.starts()
        teller.goes_on()
        teller.ends()

    charges = Transaction.objects.order_by("started_at")
    assert [charge.ocpp_id for charge in charges] == ["tx-1", "tx-2"]
    assert not any(charge.needs_look or charge.has_note("messages_missing") for charge in charges)
    assert billed(run_outbox) == (2, 2)


def test_tc_e_53_a_count_that_goes_on_is_as_good(teller, run_outbox):
    teller.starts()
    teller.ends()
    teller.ref = "tx-2"
    teller.starts()
    teller.ends()

    assert not any(charge.has_note("messages_missing", "number_reused") for charge in Transaction.objects.all())
    assert billed(run_outbox) == (2, 2)
