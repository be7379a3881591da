"""Asking stations to start and stop, live figures, held charges, and messages set aside."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.models import AuditEntry
from apps.charging.messages import RequestStartTransaction, RequestStopTransaction
from apps.charging.models import HoldReason, Transaction
from apps.charging.services.holds import close_charge, release_hold
from apps.charging.services.interruptions import note_interruption
from apps.charging.services.quarantine import set_aside
from apps.charging.services.requests import request_start, request_stop
from apps.charging.services.usage import usage_of
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.models import IdToken, TokenStatus
from apps.drivers.services.tokens import block_token, token_for
from apps.events.models import OutboxRow
from apps.stations.messages import BootNotification
from apps.stations.models import EVSE, ChargingStation, QuarantinedMessage
from apps.stations.services.boot import boot
from apps.stations.services.command_kinds import message_from
from apps.telemetry.models import ChargeLive
from tests.charging.conftest import CARD, Talker, minutes, reading, the_charge


def test_a_start_is_queued_with_the_drivers_token(talker: Talker, card: IdToken) -> None:
    evse = EVSE.objects.get(station=talker.station, number=2)
    assert card.driver is not None

    first = request_start(evse, token=token_for(card.driver), by="ada@example.com")
    second = request_start(evse, token=card, by="ada@example.com")

    assert first.message is not None
    assert second.message is not None
    message = message_from(first.kind, first.message)
    assert isinstance(message, RequestStartTransaction)
    assert (message.evse, message.id_token.value) == (2, CARD)
    assert message.remote_start_id != message_from(second.kind, second.message).remote_start_id
    assert AuditEntry.objects.filter(action="stations.command.queued", actor="ada@example.com").count() == 2


def test_a_start_needs_an_evse_and_a_token(talker: Talker, card: IdToken) -> None:
    with pytest.raises(UnableTo, match="Choose the EVSE"):
        request_start(None, token=card, by="x")
    with pytest.raises(UnableTo, match="Choose the id token"):
        request_start(EVSE.objects.all()[0], token=None, by="x")


def test_a_start_with_a_blocked_token_is_refused_with_the_reason(talker: Talker, card: IdToken) -> None:
    block_token(card, by="x")

    with pytest.raises(UnableTo, match="The token is blocked"):
        request_start(EVSE.objects.all()[0], token=card, by="x")


def test_a_start_where_a_charge_is_open_is_refused(talker: Talker, card: IdToken) -> None:
    talker.start(evse=1)

    with pytest.raises(UnableTo, match="charging already"):
        request_start(EVSE.objects.get(station=talker.station, number=1), token=card, by="x")


def test_a_driver_without_a_usable_token_is_told_so(card: IdToken) -> None:
    IdToken.objects.update(expires_at=now() - timedelta(days=1))
    assert card.driver is not None

    with pytest.raises(UnableTo, match="no id token that may charge"):
        token_for(card.driver)


def test_a_stop_names_the_charge_as_the_station_does(talker2: Talker) -> None:
    talker2.started("station-says")

    command = request_stop(the_charge(), by="x")

    assert command.message is not None
    assert message_from(command.kind, command.message) == RequestStopTransaction(transaction_ref="station-says")


def test_a_stop_of_an_ended_charge_is_refused(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number)

    with pytest.raises(UnableTo, match="already over"):
        request_stop(the_charge(), by="x")


def test_an_open_charge_has_used_what_its_newest_reading_shows(talker: Talker, talker2: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(minutes(5), 3500), ref=str(number))
    talker2.started()

    figures = {live.transaction_id: live.energy_wh for live in ChargeLive.objects.all()}
    assert figures == {charge.pk: 2500 if charge.pk == number else 0 for charge in Transaction.objects.all()}
    assert len(figures) == 2
    assert usage_of(Transaction.objects.get(pk=number)).energy_wh == 2500


def test_a_released_charge_is_billed_with_what_a_person_found_out(talker: Talker) -> None:
    talker.stop(talker.start(meter_wh=20000).transaction_number)
    assert the_charge().hold_reason == HoldReason.NEGATIVE_ENERGY

    release_hold(the_charge(), by="ada@example.com", energy_wh=7000)

    charge = the_charge()
    assert (charge.energy_wh, charge.is_billable) == (7000, True)
    assert OutboxRow.objects.filter(task="billing.issue_cdr").count() == 2
    entry = AuditEntry.objects.get(action="charging.transaction.released")
    assert entry.detail == {"reason": "negative_energy", "energy_wh": 7000}


def test_what_is_not_held_can_not_be_released(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number)

    with pytest.raises(UnableTo, match="not held"):
        release_hold(the_charge(), by="x")
    talker.start(at=minutes(90), meter_wh=1)
    with pytest.raises(UnableTo, match="not held"):
        release_hold(Transaction.objects.get(ended_at=None), by="x")


def test_negative_energy_can_not_be_released(talker: Talker) -> None:
    talker.stop(talker.start(meter_wh=20000).transaction_number)

    with pytest.raises(UnableTo) as problem:
        release_hold(the_charge(), by="x", energy_wh=-1)
    assert problem.value.errors[0].path == "$.energy_wh"


def test_a_message_set_aside_gets_a_number_that_no_charge_has(talker: Talker) -> None:
    first = talker.start().transaction_number
    number = set_aside(
        talker.caller(None), action="StartTransaction", message_id="m-1", payload='{"x": "\\u0000\0"}', problem="bad"
    )
    second = talker.start(evse=2).transaction_number

    assert first is not None
    assert first < number
    assert number not in (first, second)
    assert QuarantinedMessage.objects.get().station == talker.station


def test_q17_a_boot_leaves_the_charge_open_and_marks_it(talker: Talker, run_outbox: Callable[[], None]) -> None:
    talker.start()
    boot(talker.caller(minutes(5)), BootNotification(vendor="V", model="M", reason="PowerUp"))
    assert OutboxRow.objects.filter(task="charging.note_interruption").count() == 1

    note_interruption(talker.station.pk)

    assert the_charge().is_open
    assert the_charge().has_note("interrupted")


def test_a_token_blocked_meanwhile_does_not_unmake_the_charge(talker: Talker, card: IdToken) -> None:
    number = talker.start().transaction_number
    IdToken.objects.update(status=TokenStatus.BLOCKED)
    talker.stop(number)

    assert the_charge().is_billable


def test_stations_of_other_makes_do_not_share_request_numbers(talker: Talker, talker2: Talker, card: IdToken) -> None:
    for station in ChargingStation.objects.all():
        evse = station.evses.all()[0]
        command = request_start(evse, token=card, by="x")
        assert command.message is not None
        assert command.message["remote_start_id"] == 1


def test_an_operator_closes_a_charge_that_a_dead_station_left_open(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(minutes(20), 5000), ref=str(number))

    close_charge(the_charge(), by="ada@example.com")

    charge = the_charge()
    assert (charge.ended_at, charge.energy_wh, charge.hold_reason) == (minutes(20), 4000, HoldReason.IMPLICIT_STOP)
    with pytest.raises(UnableTo, match="already over"):
        close_charge(charge, by="ada@example.com")
    talker.stop(number)
    assert (the_charge().energy_wh, the_charge().hold_reason) == (12000, "")
