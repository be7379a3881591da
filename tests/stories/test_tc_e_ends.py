"""Certification titles of 2.0.1, block E: how charges end, over a real socket, in both versions of OCPP 2.

Each is tried with what must happen and with what must not.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.billing.models import Cdr
from apps.charging.models import HoldReason, Transaction
from apps.charging.services.requests import request_stop
from apps.charging.services.worklist import work_items
from apps.core.errors import UnableTo
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
    made.status("Available", "Occupied")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


@pytest.fixture
def charging(teller: Teller) -> Teller:
    teller.starts()
    teller.goes_on()
    return teller


def is_over(charging: Teller, run_outbox: Callable[[], None], *, reason: str) -> None:
    """It has ended for this reason, is billed once, and telling it again changes nothing."""
    charge = the_charge()
    assert (charge.is_open, charge.stopped_reason, charge.hold_reason) == (False, reason, "")
    assert charge.energy_wh == 2500
    assert billed(run_outbox) == (1, 1)
    assert charging.is_left_alone()


def test_tc_e_07_the_power_path_is_opened_by_the_drivers_card(charging, run_outbox):
    charging.goes_on("StopAuthorized", "EVConnected", idToken=token(CARD))
    assert the_charge().is_open, "the card alone ends nothing"
    charging.ends("ChargingStateChanged", "Local")

    is_over(charging, run_outbox, reason="Local")


def test_tc_e_08_energy_stops_because_of_the_drivers_card(charging, run_outbox):
    answer = charging.ends("StopAuthorized", "Local", idToken=token(CARD))

    assert answer["idTokenInfo"]["status"] == "Accepted"
    is_over(charging, run_outbox, reason="Local")


def test_tc_e_14_the_cable_is_unplugged_at_the_station(charging, run_outbox):
    charging.goes_on("StopAuthorized", "EVConnected", idToken=token(CARD))
    charging.status("Available")
    charging.ends("EVCommunicationLost", "EVDisconnected", "Idle")

    is_over(charging, run_outbox, reason="EVDisconnected")


def test_tc_e_15_the_driver_stops_it_at_the_station(charging, run_outbox):
    answer = charging.ends("StopAuthorized", "Local", idToken=token(CARD))

    assert answer["idTokenInfo"]["status"] == "Accepted"
    is_over(charging, run_outbox, reason="Local")


def test_tc_e_15_the_end_told_twice_is_one_end(charging, run_outbox):
    said = charging.event_payload("Ended", "StopAuthorized", "EVConnected", info={"stoppedReason": "Local"},
                                  meterValue=charging.reads(3500, "Transaction.End"))  # fmt: skip
    for _ in range(2):
        assert charging.raw.call("TransactionEvent", said) == {}

    assert not the_charge().has_note("other_end", "number_reused")
    is_over(charging, run_outbox, reason="Local")


def test_tc_e_16_a_card_that_is_invalid_ends_it_and_nobody_pays(teller, run_outbox):
    assert teller.starts(idToken=token(STRANGER))["idTokenInfo"]["status"] == "Invalid"
    teller.ends("Deauthorized", "DeAuthorized", meterValue=teller.reads(BEGIN_WH, "Transaction.End"))

    charge = the_charge()
    assert (charge.stopped_reason, charge.hold_reason) == ("DeAuthorized", HoldReason.UNAUTHORIZED)
    assert billed(run_outbox) == (0, 0)
    assert teller.is_left_alone(), "it ends by itself, and we do not ask for it as well"


def test_tc_e_16_a_card_that_is_valid_is_not_refused(teller):
    assert teller.starts()["idTokenInfo"]["status"] == "Accepted"


def test_tc_e_17_a_car_that_is_unplugged_ends_what_it_can_t_resume(charging, run_outbox):
    charging.ends("EVCommunicationLost", "EVDisconnected", "Idle")
    charging.status("Available")

    is_over(charging, run_outbox, reason="EVDisconnected")


def test_tc_e_19_a_car_that_leaves_the_bay(charging, run_outbox):
    charging.goes_on("StopAuthorized", "EVConnected", idToken=token(CARD))
    charging.goes_on("EVCommunicationLost", "Idle")
    assert the_charge().is_open, "it still stands there"
    charging.status("Available")
    charging.ends("EVDeparted", "Local", "Idle")

    is_over(charging, run_outbox, reason="Local")


def test_tc_e_20_the_cable_is_unplugged_at_the_car(charging, run_outbox):
    charging.goes_on("ChargingStateChanged", "EVConnected")
    charging.ends("EVCommunicationLost", "EVDisconnected", "Idle")

    is_over(charging, run_outbox, reason="EVDisconnected")


def test_tc_e_21_a_stop_from_here(charging, run_outbox):
    request_stop(the_charge(), by="olga")
    assert charging.obey("RequestStopTransaction", {"status": "Accepted"}) == {"transactionId": "tx-1"}
    run_outbox()
    assert (the_charge().is_open, Cdr.objects.count()) == (True, 0), "what is accepted has not ended"
    charging.ends("RemoteStop", "Remote")

    is_over(charging, run_outbox, reason="Remote")


def test_tc_e_21_what_the_station_refuses_goes_on_and_what_is_over_is_not_asked_for(charging):
    request_stop(the_charge(), by="olga")
    charging.obey("RequestStopTransaction", {"status": "Rejected"})
    assert the_charge().is_open

    charging.ends()
    with pytest.raises(UnableTo, match="already over"):
        request_stop(the_charge(), by="olga")
    assert charging.is_left_alone()


def test_tc_e_22_a_car_that_has_had_enough(charging, run_outbox):
    charging.ends("ChargingStateChanged", "StoppedByEV", "SuspendedEV")

    is_over(charging, run_outbox, reason="StoppedByEV")


def test_tc_e_22_a_pause_is_no_end(charging, run_outbox):
    charging.goes_on("ChargingStateChanged", "SuspendedEV")

    assert the_charge().is_open
    assert billed(run_outbox) == (0, 0)


def test_tc_e_26_a_cable_that_is_unplugged_at_the_car_only_suspends(charging, run_outbox):
    charging.goes_on("EVCommunicationLost", "SuspendedEV")
    assert (the_charge().is_open, billed(run_outbox)) == (True, (0, 0))
    assert charging.is_left_alone(), "it is neither stopped nor unlocked"

    charging.goes_on("CablePluggedIn", "EVConnected")
    charging.goes_on()
    assert Transaction.objects.count() == 1, "the cable is back, the charge is the same"
    charging.ends()
    is_over(charging, run_outbox, reason="Local")


def test_tc_e_39_whoever_plugs_nothing_in_pays_nothing(teller, run_outbox):
    assert teller.starts("Authorized", "Idle")["idTokenInfo"]["status"] == "Accepted"
    teller.ends("EVConnectTimeout", "Timeout", "Idle", meterValue=teller.reads(BEGIN_WH, "Transaction.End"))

    charge = the_charge()
    assert (charge.is_open, charge.stopped_reason, charge.hold_reason) == (False, "Timeout", HoldReason.NO_CAR)
    assert billed(run_outbox) == (0, 0), "no car has ever been there"
    assert work_items() == [], "and there is nothing to decide"
    assert teller.is_left_alone()


def test_tc_e_39_a_car_that_was_there_is_billed(teller, run_outbox):
    teller.starts("Authorized", "EVConnected")
    teller.goes_on()
    teller.ends("EVConnectTimeout", "Timeout", "Idle")

    is_over(teller, run_outbox, reason="Timeout")
