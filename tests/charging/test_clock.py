"""Clocks that are wrong (Q35-Q40)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.charging.messages import EventType
from apps.charging.models import HoldReason, Transaction
from apps.charging.rules.clocks import span_between
from apps.charging.services.usage import usage_of
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from tests.charging.conftest import NOON, Talker, end, minutes, the_charge


def test_q36_an_unreadable_time_becomes_the_time_of_receipt_and_is_noted(talker: Talker) -> None:
    talker.received_at = minutes(2)
    talker.start(at=None, raw_at="1970-01-01T00:00:00Z")

    charge = the_charge()
    assert charge.started_at == minutes(2)
    assert charge.has_note("time_reconstructed")


def test_q36_a_repeated_start_with_an_unreadable_time_is_the_same_start(talker: Talker) -> None:
    first = talker.start(at=None, raw_at="222222017-10-27T08:00:00Z")
    talker.received_at = minutes(3)

    assert talker.start(at=None, raw_at="222222017-10-27T08:00:00Z") == first


def test_q36_the_next_charge_with_the_same_unreadable_time_is_not_swallowed(talker: Talker) -> None:
    first = talker.start(at=None, raw_at="1970-01-01T00:00:00Z", meter_wh=0).transaction_number
    talker.stop(first, meter_wh=5000)
    talker.received_at = minutes(200)
    second = talker.start(at=None, raw_at="1970-01-01T00:00:00Z", meter_wh=0).transaction_number

    assert first != second
    assert Transaction.objects.count() == 2


def test_q36_a_price_per_minute_is_not_billed_on_a_guessed_time(talker: Talker, tariff: None) -> None:
    number = talker.start(at=None, raw_at="?").transaction_number
    talker.stop(number)

    assert the_charge().hold_reason == HoldReason.CLOCK


def test_q36_a_price_per_kwh_is_billed_whatever_the_clock_says(talker: Talker) -> None:
    prices = Prices(currency="EUR", vat_percent=Decimal(19), price_per_kwh=Decimal("0.50"))
    assign_tariff(save_tariff("Energy", prices, valid_from=minutes(-60), by="tests"), by="tests")
    talker.stop(talker.start(at=None, raw_at="?").transaction_number)

    assert the_charge().terms is not None
    assert the_charge().is_billable


def stop_at_nothing(talker: Talker, number: int | None, raw_at: str) -> None:
    talker.say(EventType.ENDED, at=None, transaction_ref=str(number), meter_wh=13000, raw_at=raw_at)


def test_q36_start_and_stop_from_a_queue_without_a_calendar_still_tell_how_long_it_took(
    talker: Talker, tariff: None
) -> None:
    talker.received_at = minutes(600)
    number = talker.start(at=None, raw_at="1970-01-01T00:00:30Z").transaction_number
    stop_at_nothing(talker, number, "1970-01-01T01:00:30Z")

    charge = the_charge()
    assert (charge.started_at, charge.ended_at) == (minutes(540), minutes(600))
    assert charge.hold_reason == HoldReason.CLOCK


def test_q36_what_was_heard_live_keeps_the_time_of_its_receipt(talker: Talker) -> None:
    number = talker.start(at=None, raw_at="1970-01-01T00:00:00Z").transaction_number
    talker.received_at = minutes(60)
    stop_at_nothing(talker, number, "1970-01-01T00:59:58Z")

    assert (the_charge().started_at, the_charge().ended_at) == (NOON, minutes(60))


@pytest.mark.parametrize(
    ("begin", "end", "minutes_long"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:30:00Z", 30),
        ("1970-01-01 00:00:00", "1970-01-01T02:00:00+01:00", 60),
        ("1970-01-01T00:30:00Z", "1970-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z", None),
        ("222222017-10-27T12:00:00Z", "222222017-10-27T13:00:00Z", None),
        ("", "yesterday", None),
    ],
)
def test_q36_a_span_is_told_by_two_readings_of_one_clock(begin: str, end: str, minutes_long: int | None) -> None:
    assert span_between(begin, end) == (None if minutes_long is None else timedelta(minutes=minutes_long))


def test_q38_a_clock_that_runs_ahead_holds_a_price_per_minute(talker: Talker, tariff: None) -> None:
    talker.received_at = NOON
    number = talker.start(at=minutes(120)).transaction_number
    talker.stop(number, at=minutes(180))

    assert the_charge().has_note("clock_ahead")
    assert the_charge().hold_reason == HoldReason.CLOCK


def test_q38_a_live_event_from_the_past_shows_a_wrong_clock(talker2: Talker, tariff: None) -> None:
    talker2.received_at = minutes(300)
    talker2.started()
    talker2.received_at = minutes(360)
    talker2.ended()

    assert the_charge().has_note("clock_behind")
    assert the_charge().hold_reason == HoldReason.CLOCK


def test_q38_more_than_can_have_flowed_since_the_start_arrived_was_queued_and_is_billed(
    talker2: Talker, tariff: None
) -> None:
    talker2.received_at = minutes(300)
    talker2.started()
    talker2.received_at = minutes(300.1)
    talker2.ended()

    charge = the_charge()
    assert charge.has_note("clock_behind")
    assert (charge.hold_reason, usage_of(charge).duration_s) == (HoldReason.NONE, 3600)


def test_q40_an_end_before_the_start_costs_no_time(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number, at=minutes(-30), readings=(end(13000, minutes(-30)),))

    charge = the_charge()
    usage = usage_of(charge)
    assert (usage.duration_s, usage.idle_s, usage.energy_wh) == (0, 0, 12000)
    assert charge.has_note("end_before_start")
