"""One token at several places at once (Q02), and the day of its last charge."""

from datetime import timedelta

import pytest

from apps.charging.messages import TransactionEventAnswer
from apps.charging.models import HoldReason, Transaction
from apps.drivers.messages import IdTokenSeen
from apps.drivers.models import IdToken
from tests.charging.conftest import CARD, NOON, Talker, minutes


@pytest.fixture
def exclusive(card: IdToken) -> IdToken:
    """The card may charge at one place at a time."""
    IdToken.objects.update(allows_concurrent=False)
    return card


def status_of(answer: TransactionEventAnswer) -> str:
    assert answer.id_token_info is not None
    return answer.id_token_info.status.value


def test_a_token_may_charge_at_several_places_unless_it_is_said_otherwise(talker: Talker) -> None:
    assert status_of(talker.start(evse=1)) == "Accepted"
    assert status_of(talker.start(evse=2)) == "Accepted"


def test_a_token_for_one_place_is_refused_at_the_second_and_its_energy_is_held(
    talker: Talker, exclusive: IdToken
) -> None:
    assert status_of(talker.start(evse=1)) == "Accepted"
    second = talker.start(evse=2, at=minutes(5))

    assert status_of(second) == "ConcurrentTx"
    assert second.transaction_number is not None
    assert Transaction.objects.get(pk=second.transaction_number).hold_reason == HoldReason.UNAUTHORIZED


def test_q02_a_token_for_one_place_may_repeat_its_start(talker: Talker, exclusive: IdToken) -> None:
    assert status_of(talker.start()) == "Accepted"
    talker.start(evse=2, at=minutes(5))

    assert status_of(talker.start()) == "Accepted"
    assert Transaction.objects.count() == 2


def test_q04_a_new_charge_at_the_same_evse_replaces_the_first(talker: Talker, exclusive: IdToken) -> None:
    talker.start()

    assert status_of(talker.start(at=minutes(30), meter_wh=5000)) == "Accepted"


def test_a_token_for_one_place_is_free_again_when_its_charge_has_ended(talker: Talker, exclusive: IdToken) -> None:
    talker.stop(talker.start().transaction_number)

    assert status_of(talker.start(evse=2, at=minutes(90))) == "Accepted"


def test_a_charge_told_late_is_not_refused_for_one_that_began_after_it(talker: Talker, exclusive: IdToken) -> None:
    talker.start(evse=2, at=minutes(120))

    assert status_of(talker.start(evse=1, at=NOON)) == "Accepted"


def test_a_token_for_one_place_may_stop_its_own_charge(talker: Talker, exclusive: IdToken) -> None:
    number = talker.start().transaction_number
    talker.start(evse=2, at=minutes(5), token="04FFFFFF")
    answer = talker.stop(number, id_token=IdTokenSeen(value=CARD))

    assert status_of(answer) == "Accepted"


def test_the_day_of_its_last_charge_is_remembered(talker: Talker, card: IdToken) -> None:
    talker.start(at=NOON)
    talker.start(evse=2, at=NOON - timedelta(days=3))

    card.refresh_from_db()
    assert card.last_used_on == NOON.date()


def test_a_clock_that_is_ahead_uses_a_token_today(talker: Talker, card: IdToken) -> None:
    talker.received_at = NOON
    talker.start(at=NOON + timedelta(days=1))

    card.refresh_from_db()
    assert card.last_used_on == NOON.date()


def test_a_refused_token_was_not_used(talker: Talker, card: IdToken) -> None:
    IdToken.objects.update(status="blocked")
    talker.start()

    card.refresh_from_db()
    assert card.last_used_on is None
