"""Cars that have gone without a stop, and charges that a reboot interrupted (Q17, Q18)."""

from datetime import timedelta

import pytest
import time_machine

from apps.charging.models import HoldReason, Transaction
from apps.charging.services.grace import close_overdue
from apps.charging.services.interruptions import note_interruption
from apps.stations.messages import ChargingState, ConnectorStatus
from tests.charging.conftest import NOON, Talker, end, minutes, reading, the_charge

pytestmark = pytest.mark.usefixtures("alpha")


def leaves(talker: Talker, *, at: float, **facts: object) -> None:
    talker.status("Available", at=minutes(at), status=ConnectorStatus.AVAILABLE, **facts)  # type: ignore[arg-type]


def look(minute: float) -> int:
    with time_machine.travel(minutes(minute), tick=False):
        return close_overdue()


def test_q18_a_charge_whose_connector_is_free_is_closed_at_its_last_reading_after_ten_minutes(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(minutes(20), 5000), ref=str(number), at=minutes(20))
    leaves(talker, at=30)

    assert look(39.9) == 0
    assert the_charge().is_open
    assert look(40) == 1
    charge = the_charge()
    assert (charge.ended_at, charge.energy_wh, charge.hold_reason) == (minutes(20), 4000, HoldReason.IMPLICIT_STOP)
    assert charge.has_note("grace_over")


def test_q18_the_queued_stop_wins_hours_later_over_the_one_we_assumed(talker: Talker) -> None:
    number = talker.start().transaction_number
    leaves(talker, at=30)
    look(41)

    talker.received_at = minutes(300)
    talker.stop(number, at=minutes(29), meter_wh=9000)

    charge = the_charge()
    assert (charge.ended_at, charge.energy_wh, charge.hold_reason) == (minutes(29), 8000, HoldReason.NONE)


def test_q18_the_queued_stop_wins_even_without_its_number(talker: Talker) -> None:
    talker.start()
    leaves(talker, at=30)
    look(41)

    talker.received_at = minutes(300)
    talker.stop(None, at=minutes(29), meter_wh=9000)

    charge = the_charge()
    assert (charge.ended_at, charge.energy_wh) == (minutes(29), 8000)
    assert charge.has_note("matched_without_number")


@pytest.mark.parametrize("sign", ["status", "reading"])
def test_q18_a_sign_of_life_stops_the_timer(talker: Talker, sign: str) -> None:
    number = talker.start().transaction_number
    leaves(talker, at=30)
    if sign == "status":
        talker.status("Charging", at=minutes(35), state=ChargingState.CHARGING)
    else:
        talker.meter(reading(minutes(35), 5000), ref=str(number), at=minutes(35))

    assert look(60) == 0
    assert the_charge().is_open
    assert the_charge().grace_until is None


def test_q18_another_free_connector_is_no_sign(talker: Talker) -> None:
    talker.start()
    leaves(talker, at=30, evse=2)

    assert look(60) == 0


def test_q18_a_status_from_before_the_charge_is_no_sign(talker: Talker) -> None:
    talker.start()
    talker.received_at = minutes(1)
    talker.status("Available", at=NOON - timedelta(minutes=5), status=ConnectorStatus.AVAILABLE)

    assert the_charge().grace_until is None


def test_q18_old_news_from_a_queue_are_no_sign(talker: Talker) -> None:
    talker.start()
    talker.status("Charging", at=minutes(20), state=ChargingState.CHARGING)
    talker.received_at = minutes(21)
    leaves(talker, at=10)

    assert the_charge().grace_until is None


def test_q18_it_is_the_same_in_2x(talker2: Talker) -> None:
    talker2.started()
    leaves(talker2, at=30)
    assert look(41) == 1

    talker2.ended(at=minutes(29), readings=(end(9000, minutes(29)),))

    assert (the_charge().energy_wh, the_charge().hold_reason) == (8000, HoldReason.NONE)


def test_q17_a_boot_alone_never_closes_a_charge_but_a_free_connector_after_it_does(talker: Talker) -> None:
    talker.start()
    note_interruption(talker.station.pk)
    assert look(24 * 60) == 0

    leaves(talker, at=30)

    assert look(41) == 1
    charge = Transaction.objects.get()
    assert charge.has_note("interrupted")
    assert charge.hold_reason == HoldReason.IMPLICIT_STOP
