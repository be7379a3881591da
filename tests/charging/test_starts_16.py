"""StartTransaction of 1.6: one charge per start, whatever is repeated (Q01-Q05)."""

from apps.charging.models import HoldReason, Transaction
from apps.drivers.messages import AuthorizationStatus
from apps.drivers.models import IdToken, TokenStatus
from tests.charging.conftest import CARD, NOON, Talker, minutes, the_charge


def test_q01_a_repeated_start_gets_the_same_number(talker: Talker) -> None:
    first = talker.start()
    again = talker.start()

    assert again == first
    assert first.transaction_number == the_charge().pk


def test_a_start_stores_the_facts(talker: Talker, card: IdToken, tariff: None) -> None:
    talker.start()

    charge = the_charge()
    assert (charge.ocpp_id, charge.meter_start_wh, charge.started_at) == (str(charge.pk), 1000, NOON)
    assert (charge.id_token, charge.driver, charge.token_value) == (card, card.driver, CARD)
    assert charge.evse is not None
    assert charge.evse.number == 1
    assert charge.terms is not None
    assert charge.terms.tariff == "Standard"
    assert charge.is_open


def test_q02_a_repeated_start_gets_the_same_verdict(talker: Talker) -> None:
    first, again = talker.start().id_token_info, talker.start().id_token_info

    assert first is not None
    assert first == again
    assert first.status is AuthorizationStatus.ACCEPTED


def test_q03_a_start_repeated_after_the_stop_does_not_reopen_the_charge(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.stop(number)

    assert talker.start().transaction_number == number
    charge = the_charge()
    assert not charge.is_open
    assert charge.has_note("replay_after_stop")
    assert charge.is_billable


def test_q04_a_second_start_closes_the_first_charge_and_holds_it(talker: Talker) -> None:
    first = talker.start().transaction_number
    second = talker.start(at=minutes(30), meter_wh=5000).transaction_number

    assert first != second
    closed = Transaction.objects.get(pk=first)
    assert closed.ended_at == minutes(30)
    assert closed.hold_reason == HoldReason.IMPLICIT_STOP
    assert Transaction.objects.get(pk=second).is_open


def test_q04_a_start_on_the_other_evse_leaves_the_first_charge_open(talker: Talker) -> None:
    first = talker.start(evse=1).transaction_number
    talker.start(evse=2, at=minutes(1))

    assert Transaction.objects.get(pk=first).is_open


def test_q05_a_blocked_token_gets_a_number_and_its_status(talker: Talker, card: IdToken) -> None:
    IdToken.objects.update(status=TokenStatus.BLOCKED)

    answer = talker.start()
    assert answer.transaction_number == the_charge().pk
    assert answer.id_token_info is not None
    assert answer.id_token_info.status is AuthorizationStatus.BLOCKED
    assert the_charge().hold_reason == HoldReason.UNAUTHORIZED


def test_q05_energy_of_an_unknown_token_is_shown_and_not_billed(talker: Talker) -> None:
    number = talker.start(token="FFFFFFFF").transaction_number
    talker.stop(number)

    charge = the_charge()
    assert (charge.energy_wh, charge.hold_reason, charge.token_status) == (12000, HoldReason.UNAUTHORIZED, "Invalid")
    assert charge.token_value == "FFFFFFFF"
    assert charge.driver is None


def test_q14_two_charges_that_both_begin_at_zero_are_two_charges(talker: Talker) -> None:
    first = talker.start(meter_wh=0).transaction_number
    talker.stop(first, meter_wh=12000)
    second = talker.start(at=minutes(90), meter_wh=0).transaction_number
    talker.stop(second, at=minutes(150), meter_wh=3000)

    assert sorted(Transaction.objects.values_list("energy_wh", flat=True)) == [3000, 12000]
