"""Certification titles of the 1.6 core profile that a station begins: boots and charges, over a real socket.

Each is tried with what must happen and with what must not.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from apps.billing.models import Cdr, Invoice
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.stations.messages import RegistrationStatus, Reset, ResetType
from apps.stations.models import ChargingStation, Connector, StationCommand
from apps.stations.services.commands import queue_command
from tests.plugged import RawStation
from tests.stories.certifying import Point, stamp, unlawful_frames
from tests.stories.conftest import CARD

STRANGER = "C0FFEE01"


@pytest.fixture
def point(plug: Callable[..., RawStation], depot: ChargingStation) -> Iterator[Point]:
    made = Point(plug("1.6"))
    yield made
    assert unlawful_frames() == []


@pytest.fixture
def booted(point: Point, run_outbox: Callable[[], None]) -> Point:
    assert point.boot()["status"] == "Accepted"
    point.status("Available", connector=0)
    point.status("Available")
    run_outbox()
    return point


def connector() -> Connector:
    return Connector.objects.get(evse__number=1)


def the_charge() -> Transaction:
    return Transaction.objects.get()


def codes() -> list[str]:
    return [note["code"] for note in the_charge().notes]


def plugged_in_and_started(point: Point) -> int:
    point.status("Preparing")
    number: int = point.start()["transactionId"]
    point.status("Charging")
    return number


# --- boots -----------------------------------------------------------------------------------------------


def test_tc_001_a_station_that_boots_is_accepted_and_told_the_time_and_the_interval(point, depot):
    answer = point.boot()

    assert (answer["status"], answer["interval"]) == ("Accepted", 300)
    assert abs(datetime.fromisoformat(answer["currentTime"]) - now()) < timedelta(seconds=10)
    point.status("Available", connector=0)
    point.status("Available")
    assert (connector().status, connector().error_code) == ("Available", "")
    told = point.raw.call("Heartbeat")
    assert abs(datetime.fromisoformat(told["currentTime"]) - now()) < timedelta(seconds=10)
    assert not Transaction.objects.exists(), "a boot opens no charge"


@pytest.mark.parametrize("registration", ["Pending", "Rejected"])
def test_tc_001_a_station_that_is_not_accepted_yet_is_told_so(point, depot, registration):
    ChargingStation.objects.update(registration=RegistrationStatus(registration))

    answer = point.boot()

    assert answer["status"] == registration
    assert answer["interval"] > 0, "never when it likes"


def test_tc_001_a_rejected_station_is_left_alone(point, depot):
    ChargingStation.objects.update(registration=RegistrationStatus.REJECTED)
    point.boot()

    command = queue_command(depot, Reset(type=ResetType.ON_IDLE), by="olga")

    assert point.raw.hears_nothing(1.0)
    assert StationCommand.objects.get(pk=command.pk).state == "queued"


def test_tc_032_1_a_charge_that_the_power_failure_stopped_ends_when_the_station_says_so(booted, plug, run_outbox):
    number = plugged_in_and_started(booted)
    back = Point(plug("1.6"))  # without a word of farewell
    assert back.boot()["status"] == "Accepted"
    run_outbox()
    assert the_charge().is_open, "a boot ends no charge"
    assert codes() == ["interrupted"]
    assert not Cdr.objects.exists()

    assert back.stop(number, meter_wh=3500, reason="PowerLoss") == {}
    back.status("Available")
    run_outbox()

    charge = the_charge()
    assert (charge.stopped_reason, charge.energy_wh, charge.hold_reason) == ("PowerLoss", 2500, "")
    assert Invoice.objects.count() == 1
    assert connector().status == "Available"


def test_tc_032_1_a_stop_that_is_told_again_after_the_boot_is_billed_once(booted, plug, run_outbox):
    number = plugged_in_and_started(booted)
    back = Point(plug("1.6"))
    back.boot()
    stop = {"transactionId": number, "meterStop": 3500, "timestamp": stamp(), "reason": "PowerLoss"}
    assert [back.raw.call("StopTransaction", stop) for _copy in range(2)] == [{}, {}]
    run_outbox()

    assert Invoice.objects.count() == 1
    assert "other_end" not in codes()


# --- charges ---------------------------------------------------------------------------------------------


def test_tc_003_a_charge_that_begins_with_the_plug(booted, run_outbox):
    booted.status("Preparing")
    assert not Transaction.objects.exists(), "a plug is no charge"
    assert booted.authorize()["status"] == "Accepted"
    started = booted.start()
    assert (started["idTagInfo"]["status"], started["transactionId"] > 0) == ("Accepted", True)
    booted.status("Charging")
    booted.meter(started["transactionId"], 2000)
    assert the_charge().is_open
    assert not Cdr.objects.exists(), "nothing is billed before the end"

    assert booted.stop(started["transactionId"], idTag=CARD, reason="Local")["idTagInfo"]["status"] == "Accepted"
    booted.status("Finishing", "Available")
    run_outbox()

    charge = the_charge()
    assert (charge.energy_wh, charge.stopped_reason, charge.hold_reason) == (2500, "Local", "")
    assert charge.driver.name == "Erika Mustermann"
    assert Invoice.objects.count() == 1
    assert booted.is_left_alone()


def test_tc_003_a_stranger_who_stops_it_does_not_pay_for_it(booted, run_outbox):
    IdToken.objects.create(value=STRANGER)
    number = plugged_in_and_started(booted)

    booted.stop(number, idTag=STRANGER, reason="Local")
    run_outbox()

    charge = the_charge()
    assert (charge.driver.name, charge.token_value != STRANGER) == ("Erika Mustermann", True)
    assert "stopped_with_other_token" in codes()


def test_tc_004_1_a_charge_that_begins_with_the_card(booted, run_outbox):
    assert booted.authorize()["status"] == "Accepted"
    assert not Transaction.objects.exists(), "a card that is shown opens no charge"
    booted.status("Preparing")
    started = booted.start()
    booted.status("Charging")
    booted.stop(started["transactionId"], reason="Local")
    booted.status("Finishing", "Available")
    run_outbox()

    assert (the_charge().energy_wh, Invoice.objects.count()) == (2500, 1)


def test_tc_004_1_a_card_that_nobody_knows_is_refused_before_it_charges(booted, run_outbox):
    assert booted.authorize(STRANGER) == {"status": "Invalid"}
    booted.status("Preparing", "Available")
    run_outbox()

    assert not Transaction.objects.exists()
    assert not IdToken.objects.filter(value=STRANGER).exists(), "nor is it remembered as one of ours"


def test_tc_004_2_who_does_not_plug_in_in_time_has_not_charged(booted, run_outbox):
    assert booted.authorize()["status"] == "Accepted"
    booted.status("Preparing")
    assert connector().raw_status == "Preparing"
    booted.status("Available")
    run_outbox()

    assert connector().status == "Available"
    assert not Transaction.objects.exists()
    assert not Cdr.objects.exists()
    assert booted.is_left_alone(), "nothing is started, stopped or unlocked by itself"


def test_tc_004_2_and_may_try_again_at_once(booted):
    booted.authorize()
    booted.status("Preparing", "Available")

    assert booted.authorize()["status"] == "Accepted"
    assert booted.start()["idTagInfo"]["status"] == "Accepted"
    assert Transaction.objects.count() == 1


def test_tc_005_1_a_cable_that_is_pulled_at_the_car_ends_the_charge(booted, run_outbox):
    number = plugged_in_and_started(booted)
    booted.status("SuspendedEV")
    assert the_charge().is_open, "a car that takes nothing has not left"

    assert booted.stop(number, reason="EVDisconnected") == {}, "nobody showed a card, so there is no verdict"
    booted.status("Finishing", "Available")
    run_outbox()

    charge = the_charge()
    assert (charge.stopped_reason, charge.hold_reason, charge.energy_wh) == ("EVDisconnected", "", 2500)
    assert Invoice.objects.get().buyer.name == "Erika Mustermann"


def test_tc_005_1_a_pulled_cable_that_is_only_a_status_ends_nothing(booted, run_outbox):
    plugged_in_and_started(booted)
    booted.status("SuspendedEV", "Finishing")
    run_outbox()

    assert the_charge().is_open
    assert not Cdr.objects.exists()
    assert booted.is_left_alone()


def test_tc_024_a_lock_that_fails_is_shown_and_nothing_is_charged(booted, run_outbox):
    assert booted.authorize()["status"] == "Accepted"
    booted.status("Preparing")
    booted.status("Faulted", error="ConnectorLockFailure")
    run_outbox()

    assert (connector().status, connector().error_code) == ("Faulted", "ConnectorLockFailure")
    assert not Transaction.objects.exists()
    assert not Cdr.objects.exists()
    assert booted.is_left_alone(), "it is not unlocked, reset or stopped by itself"


def test_tc_024_a_lock_that_works_again_is_no_longer_shown_as_failed(booted):
    booted.status("Faulted", error="ConnectorLockFailure")
    booted.status("Available")

    assert (connector().status, connector().error_code) == ("Available", "")
    assert booted.start()["idTagInfo"]["status"] == "Accepted"
