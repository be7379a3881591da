"""StopTransaction of 1.6: every one is taken, none ends a charge it does not mean (Q06-Q13, Q21-Q23)."""

from collections.abc import Callable

import pytest

from apps.accounts.models import AuditEntry
from apps.charging.models import HoldReason, OrphanStop, Transaction
from apps.charging.services.usage import usage_of
from apps.drivers.messages import AuthorizationStatus, IdTokenSeen
from apps.drivers.models import IdToken
from apps.events.models import OutboxRow
from apps.stations.models import ChargingStation
from apps.telemetry.models import ChargeLive, MeterValue
from tests.charging.conftest import CARD, NOON, Talker, begin, end, minutes, reading, the_charge


def ended_news() -> int:
    return OutboxRow.objects.filter(task="billing.issue_cdr").count()


def test_a_stop_settles_the_charge(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number)

    charge = the_charge()
    assert (charge.energy_wh, charge.ended_at, charge.stopped_reason) == (12000, minutes(60), "Local")
    assert charge.is_billable
    usage = usage_of(charge)
    assert (usage.energy_wh, usage.duration_s, usage.idle_s) == (12000, 3600, 0)
    assert ended_news() == 1


def test_q06_a_stop_with_an_unknown_number_is_kept(talker: Talker) -> None:
    talker.start()
    talker.stop(999_999)

    assert the_charge().is_open
    kept = OrphanStop.objects.get()
    assert (kept.transaction_ref, kept.meter_stop_wh, kept.matched) == ("999999", 13000, None)


@pytest.mark.parametrize(
    ("token", "hold"), [(None, HoldReason.IMPLICIT_STOP), (IdTokenSeen(value=CARD), HoldReason.NONE)]
)
def test_q06_a_kept_stop_is_matched_when_its_start_comes_late_and_billed_if_it_is_certain(
    talker: Talker, token: IdTokenSeen | None, hold: str
) -> None:
    talker.stop(999_999, id_token=token)
    answer = talker.start()

    charge = the_charge()
    assert answer.transaction_number == charge.pk
    assert (charge.energy_wh, charge.ended_at, charge.hold_reason) == (12000, minutes(60), hold)
    assert OrphanStop.objects.get().matched == charge


def test_q06_the_only_evse_of_a_station_makes_it_certain(
    talker: Talker, make_station: Callable[..., ChargingStation]
) -> None:
    lonely = Talker(make_station("ONE", evses=1))
    lonely.stop(999_999)
    lonely.start()

    assert the_charge().is_billable


def test_q06_a_stop_with_the_right_number_wins_over_one_that_was_assumed(talker: Talker) -> None:
    talker.stop(999_999, meter_wh=90_000)
    talker.stop(talker.start().transaction_number)

    assert (the_charge().energy_wh, the_charge().hold_reason) == (12000, "")


def test_q06_a_kept_stop_below_the_meter_of_a_start_belongs_to_another(talker: Talker) -> None:
    talker.stop(999_999, meter_wh=500)
    talker.start()

    assert the_charge().is_open
    assert OrphanStop.objects.get().matched is None


def test_q06_a_kept_stop_is_not_taken_twice(talker: Talker) -> None:
    talker.stop(999_999)
    talker.stop(999_999)

    assert OrphanStop.objects.count() == 1


def test_q07_a_stop_with_transaction_id_minus_one_ends_the_open_charge(talker: Talker) -> None:
    talker.start()
    talker.stop(None)

    charge = the_charge()
    assert charge.energy_wh == 12000
    assert charge.is_billable
    assert charge.has_note("matched_without_number")


def test_q07_a_charge_that_the_station_knows_by_number_is_meant_last(talker: Talker) -> None:
    known = talker.start(evse=1).transaction_number
    talker.meter(reading(minutes(5), 2000), ref=str(known))
    lost = talker.start(evse=2, meter_wh=500).transaction_number
    talker.stop(None)

    assert Transaction.objects.get(pk=known).is_open
    assert (Transaction.objects.get(pk=lost).energy_wh, Transaction.objects.get(pk=lost).hold_reason) == (12500, "")


def test_q12_a_stop_that_may_be_another_evses_is_only_assumed(talker: Talker) -> None:
    known = talker.start(evse=1).transaction_number
    talker.meter(reading(minutes(5), 2000), ref=str(known))
    talker.stop(None, meter_wh=99_000)
    assert the_charge().hold_reason == HoldReason.IMPLICIT_STOP

    talker.stop(known, at=minutes(70))
    assert (the_charge().energy_wh, the_charge().ended_at, the_charge().hold_reason) == (12000, minutes(70), "")


def test_q08_a_station_that_always_says_0_and_has_one_evse_is_believed(
    talker: Talker, make_station: Callable[..., ChargingStation]
) -> None:
    lonely = Talker(make_station("ONE", evses=1))
    number = lonely.start().transaction_number
    lonely.meter(reading(minutes(5), 2000), ref=str(number))
    lonely.stop(None)

    assert the_charge().is_billable


def test_q07_two_open_charges_are_told_apart_by_their_tokens(talker: Talker) -> None:
    IdToken.objects.create(value="04FFFFFF")
    first = talker.start(evse=1).transaction_number
    second = talker.start(evse=2, token="04FFFFFF").transaction_number
    talker.stop(None, id_token=IdTokenSeen(value="04FFFFFF"))

    assert Transaction.objects.get(pk=first).is_open
    assert Transaction.objects.get(pk=second).energy_wh == 12000


def test_q07_a_stop_that_may_mean_two_charges_ends_neither(talker: Talker) -> None:
    talker.start(evse=1)
    talker.start(evse=2)
    talker.stop(None)

    assert Transaction.objects.filter(ended_at=None).count() == 2
    assert OrphanStop.objects.count() == 1


def test_q09_a_stop_without_any_start_makes_a_held_charge(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number)
    talker.stop(None, at=minutes(120), meter_wh=20000)

    charge = Transaction.objects.get(start_is_known=False)
    assert charge.hold_reason == HoldReason.START_UNKNOWN
    assert charge.energy_wh == 0
    assert charge.ocpp_id == str(charge.pk)


def test_q09_the_energy_it_may_have_used_at_most_is_noted(
    talker: Talker, make_station: Callable[..., ChargingStation]
) -> None:
    lonely = Talker(make_station("ONE", evses=1))
    lonely.stop(lonely.start().transaction_number)
    lonely.stop(None, at=minutes(120), meter_wh=20000)

    charge = Transaction.objects.get(start_is_known=False)
    assert [note["wh"] for note in charge.notes if note["code"] == "energy_at_most"] == [7000]


def test_q09_a_late_start_fills_in_the_held_charge(talker: Talker) -> None:
    talker.stop(None)
    answer = talker.start()

    charge = the_charge()
    assert answer.transaction_number == charge.pk
    assert (charge.energy_wh, charge.started_at, charge.start_is_known) == (12000, NOON, True)
    assert charge.is_billable


def test_q10_the_same_stop_again_is_no_news(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.stop(number)
    talker.stop(number)

    assert ended_news() == 1
    assert not the_charge().has_note("other_end")


def test_q10_the_same_stop_without_its_number_does_not_end_the_next_charge(talker: Talker) -> None:
    talker.start()
    talker.stop(None)
    following = talker.start(at=minutes(61), meter_wh=13000).transaction_number
    talker.stop(None)

    assert Transaction.objects.get(pk=following).is_open
    assert Transaction.objects.count() == 2


def test_q10_a_different_stop_is_noted_and_changes_nothing(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.stop(number)
    talker.stop(number, at=minutes(70), meter_wh=99000)

    charge = the_charge()
    assert (charge.energy_wh, charge.ended_at) == (12000, minutes(60))
    assert charge.is_billable
    assert [note["meter_wh"] for note in charge.notes if note["code"] == "other_end"] == [99000]


def test_q11_a_stop_for_another_stations_charge_has_no_effect(
    talker: Talker, make_station: Callable[..., ChargingStation]
) -> None:
    number = talker.start().transaction_number
    stranger = Talker(make_station("STRANGER"))
    answer = stranger.stop(number, id_token=IdTokenSeen(value=CARD))

    assert the_charge().is_open
    assert answer.id_token_info.status is AuthorizationStatus.ACCEPTED
    entry = AuditEntry.objects.get(action="charging.foreign_transaction")
    assert (entry.actor, entry.detail["number"]) == ("station:STRANGER", str(number))
    assert not OrphanStop.objects.exists()


def test_q11_meter_values_for_another_stations_charge_are_not_counted_there(
    talker: Talker, make_station: Callable[..., ChargingStation]
) -> None:
    number = talker.start().transaction_number
    Talker(make_station("STRANGER")).meter(reading(minutes(5), 9_000_000), ref=str(number))

    assert MeterValue.objects.get().transaction_id is None
    assert not ChargeLive.objects.exists()
    assert AuditEntry.objects.filter(action="charging.foreign_transaction").exists()


def test_q12_a_random_number_does_not_stop_the_open_charge(talker: Talker) -> None:
    number = talker.start().transaction_number
    assert number is not None
    talker.stop(number + 1)

    assert the_charge().is_open


def test_q13_a_stop_below_the_start_is_held_and_never_negative(talker: Talker) -> None:
    talker.stop(talker.start(meter_wh=20000).transaction_number, meter_wh=13000)

    charge = the_charge()
    assert (charge.energy_wh, charge.hold_reason) == (0, HoldReason.NEGATIVE_ENERGY)
    assert ended_news() == 1


def test_q13_begin_and_end_readings_stand_in_for_impossible_registers(talker: Talker) -> None:
    number = talker.start(meter_wh=20000).transaction_number
    talker.stop(number, meter_wh=13000, readings=(begin(100), end(4100)))

    charge = the_charge()
    assert charge.energy_wh == 4000
    assert charge.is_billable
    assert charge.has_note("energy_source")


def test_q15_readings_that_count_from_zero_do_not_spoil_the_registers(talker: Talker) -> None:
    number = talker.start(meter_wh=4_076_000).transaction_number
    talker.meter(reading(minutes(10), 2000), ref=str(number))
    assert ChargeLive.objects.get().energy_wh == 2000
    talker.stop(number, meter_wh=4_088_000, readings=(begin(0), end(12000)))

    assert the_charge().energy_wh == 12000
    assert the_charge().is_billable


def test_q20_readings_repeated_in_the_stop_stand_once(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(minutes(10), 3000), ref=str(number))
    talker.stop(number, readings=(reading(minutes(10), 3000), end(13000)))

    assert MeterValue.objects.filter(transaction_id=number).count() == 2


def test_q22_another_token_stops_it_and_the_starter_pays(talker: Talker, card: IdToken) -> None:
    IdToken.objects.create(value="04FFFFFF")
    talker.stop(talker.start().transaction_number, id_token=IdTokenSeen(value="04FFFFFF"))

    charge = the_charge()
    assert charge.id_token == card
    assert charge.is_billable
    assert charge.has_note("stopped_with_other_token")


def test_q22_a_token_of_the_same_group_may_stop_it(talker: Talker) -> None:
    IdToken.objects.update(group="FLEET")
    IdToken.objects.create(value="04FFFFFF", group="FLEET")
    talker.stop(talker.start().transaction_number, id_token=IdTokenSeen(value="04FFFFFF"))

    assert not the_charge().has_note("stopped_with_other_token")


def test_q23_a_charge_told_hours_later_keeps_the_stations_times(talker: Talker, tariff: None) -> None:
    talker.received_at = minutes(600)
    talker.stop(talker.start().transaction_number)

    charge = the_charge()
    assert (charge.started_at, charge.ended_at) == (NOON, minutes(60))
    assert (charge.started_received_at, charge.ended_received_at) == (minutes(600), minutes(600))
    assert charge.is_billable


def test_q18_a_real_stop_wins_over_the_end_we_assumed(talker: Talker) -> None:
    first = talker.start().transaction_number
    talker.start(at=minutes(90), meter_wh=13000)
    talker.stop(first)

    charge = Transaction.objects.get(pk=first)
    assert (charge.ended_at, charge.energy_wh, charge.hold_reason) == (minutes(60), 12000, "")


def test_q31_the_end_reading_is_used_when_it_differs_a_little_from_the_stop(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number, meter_wh=13000, readings=(end(13004),))

    charge = the_charge()
    assert charge.energy_wh == 12004
    assert [note["source"] for note in charge.notes if note["code"] == "energy_source"] == ["transaction_end"]


@pytest.mark.parametrize("meter_wh", [None, 13000])
def test_a_stop_without_a_register_uses_the_end_reading(talker: Talker, meter_wh: int | None) -> None:
    talker.stop(talker.start().transaction_number, meter_wh=meter_wh, readings=(end(13000),))

    assert (the_charge().energy_wh, the_charge().hold_reason) == (12000, "")


def test_a_stop_without_any_register_is_held(talker: Talker) -> None:
    talker.stop(talker.start().transaction_number, meter_wh=None)

    assert the_charge().hold_reason == HoldReason.END_UNKNOWN


def test_a_reading_that_comes_after_the_stop_settles_what_was_missing(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.stop(number, meter_wh=None)
    talker.meter(end(13000), ref=str(number), at=minutes(61))

    assert (the_charge().energy_wh, the_charge().hold_reason) == (12000, "")


def test_a_register_that_ran_a_lifetime_within_an_hour_is_held(talker: Talker) -> None:
    talker.stop(talker.start(meter_wh=0).transaction_number, meter_wh=53_700_000)

    assert the_charge().hold_reason == HoldReason.CONFLICT


def test_odd_text_in_a_stop_that_is_kept_never_breaks_storage(talker: Talker) -> None:
    odd = "\0🔌" + "x" * 50_000
    talker.start(token=odd, raw_at=odd)
    talker.stop(None, meter_wh=2, id_token=IdTokenSeen(value=odd, raw=odd), stopped_reason=odd, raw_at=odd)

    assert OrphanStop.objects.count() == 1
    assert len(Transaction.objects.get(start_is_known=True).token_value) == 255


def test_q11_an_attacker_does_not_fill_the_audit_trail(
    talker: Talker, make_station: Callable[..., ChargingStation]
) -> None:
    number = talker.start().transaction_number
    stranger = Talker(make_station("STRANGER"))
    for minute in range(25):
        stranger.stop(number, at=minutes(minute))

    assert AuditEntry.objects.filter(action="charging.foreign_transaction").count() == 20


def test_a_2_x_stations_id_that_looks_like_a_number_is_nobodys_here(talker: Talker, talker2: Talker) -> None:
    talker2.started("987654")
    talker.stop(987654)

    assert OrphanStop.objects.count() == 1
    assert not AuditEntry.objects.exists()
